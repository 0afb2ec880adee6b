import { ChartLine, Download, Table2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useProblemWords } from "@/api/problemWords";
import { IconButton } from "@/parts/Button";
import { showToast } from "@/parts/toasts";
import { saveFile } from "./saveFile";
import { fetchCsv, type ReportPath } from "../report/queries";
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

/** The card's numbers as a file. */
export function CsvButton({ path, limit }: { path: ReportPath; limit?: number }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const { report } = useReport();
  const name = path.split("/").at(-1);
  const save = async () => {
    try {
      const file = await fetchCsv(path, report, limit);
      saveFile(file, `${name}-${report.period.first}-${report.period.last}.csv`);
    } catch (error) {
      showToast(words(error).text);
    }
  };
  return <IconButton icon={Download} label={t("analytics.tools.csv")} onClick={() => void save()} />;
}
