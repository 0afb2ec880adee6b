import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { Notice } from "@/parts/Notice";
import { saveFile } from "@/parts/saveFile";
import { Segmented } from "@/parts/Segmented";
import { fetchRows, type FileFormat } from "../report/queries";
import { useReport } from "../report/useReport";
import { Popover, usePopoverClose } from "./Popover";

const formats = ["csv", "parquet"] as const satisfies FileFormat[];
type Which = "counted" | "all";

/** The rows behind every number of the page as a file: the same days and filters. */
export function ExportMenu() {
  const { t } = useTranslation();
  return (
    <span className="shrink-0 md:ml-auto">
      <Popover icon={Download} label={t("analytics.export.title")}>
        <ExportForm />
      </Popover>
    </span>
  );
}

function ExportForm() {
  const { t } = useTranslation();
  const words = useProblemWords();
  const close = usePopoverClose();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const [which, setWhich] = useState<Which>("counted");
  const [running, setRunning] = useState<FileFormat>();
  const [error, setError] = useState<unknown>();
  const { first, last } = report.period;

  const save = async (kind: FileFormat) => {
    setError(undefined);
    setRunning(kind);
    try {
      const rows = await fetchRows(report, kind, which === "counted");
      saveFile(rows, `plays-${first}-${last}.${kind}`);
      close();
    } catch (failure) {
      setError(failure);
    } finally {
      setRunning(undefined);
    }
  };

  return (
    <div className="flex flex-col gap-3">
      <p className="text-12 text-ink2">
        {t("analytics.export.sentence", {
          dates: first === last ? format.date(first) : format.dates(first, last),
        })}
      </p>
      <Segmented<Which>
        label={t("analytics.drawer.which")}
        options={[
          { value: "counted", label: t("analytics.drawer.counted") },
          { value: "all", label: t("analytics.drawer.all") },
        ]}
        value={which}
        onChange={setWhich}
      />
      {error !== undefined && <Notice kind="danger" title={words(error).text} />}
      <div className="flex gap-2">
        {formats.map((kind) => (
          <Button key={kind} pending={running === kind} onClick={() => void save(kind)}>
            {t(`analytics.export.${kind}`)}
          </Button>
        ))}
      </div>
    </div>
  );
}
