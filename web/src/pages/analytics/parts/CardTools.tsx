import { ChartLine, Download, Table2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useProblemWords } from "@/api/problemWords";
import { IconButton } from "@/parts/Button";
import { showToast } from "@/parts/toasts";
import { saveFile } from "@/parts/saveFile";
import { fetchCsv, type ReportParameters, type ReportPath } from "../report/queries";
import { useReport } from "../report/useReport";

/** Turns a picture into its table and back. */
export function TableSwitch({
  asTable,
  onChange,
}: {
  asTable: boolean;
  onChange: (asTable: boolean) => void;
}) {
  const { t } = useTranslation();
  return (
    <IconButton
      icon={asTable ? ChartLine : Table2}
      label={t(asTable ? "analytics.tools.picture" : "analytics.tools.table")}
      onClick={() => onChange(!asTable)}
    />
  );
}

interface CsvButtonProps<Path extends ReportPath> {
  /** The report that the card shows, and what it was asked for. */
  path: Path;
  query: ReportParameters<Path>;
}

/** The card's numbers as a file, as the API writes them. */
export function CsvButton<Path extends ReportPath>({ path, query }: CsvButtonProps<Path>) {
  return <SaveButton name={path.split("/").at(-1) ?? "report"} file={() => fetchCsv(path, query)} />;
}

interface SaveButtonProps {
  /** The file's name; the days of the report are added to it. */
  name: string;
  file: () => Promise<Blob> | string;
}

/** Saves numbers that the card has put together itself. */
export function SaveButton({ name, file }: SaveButtonProps) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const { first, last } = useReport().report.period;
  const save = async () => {
    try {
      const content = await file();
      const blob = typeof content === "string" ? new Blob([content], { type: "text/csv" }) : content;
      saveFile(blob, `${name}-${first}-${last}.csv`);
    } catch (error) {
      showToast(words(error).text);
    }
  };
  return <IconButton icon={Download} label={t("analytics.tools.csv")} onClick={() => void save()} />;
}
