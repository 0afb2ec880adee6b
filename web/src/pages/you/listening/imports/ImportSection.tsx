import { FileArchive } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { FileInput } from "@/parts/FileInput";
import { Notice } from "@/parts/Notice";
import { Section } from "@/parts/Section";
import { UploadProgress } from "@/parts/UploadProgress";
import { ImportItem } from "./ImportItem";
import { isOver, useHistoryUpload, useImports } from "./queries";
import { Sources } from "./Sources";

/** As the API has it. */
const largestHistory = 134_217_728;
/** In round numbers, for people. */
const about = 130_000_000;
const longestName = 255;

/** Brings a listening history along from elsewhere, and tells what became of it. */
export function ImportSection() {
  const { t } = useTranslation();
  const { bytes } = useFormat();
  const words = useProblemWords();
  const upload = useHistoryUpload();
  const { data: imports = [], error } = useImports();
  const [file, setFile] = useState<File>();
  const isRunning = imports.some((one) => !isOver(one));

  function send(chosen: File): void {
    setFile(chosen);
    upload.mutate(chosen);
  }

  return (
    <Section title={t("listening.imports.title")} sentence={t("listening.imports.sentence")}>
      <div className="flex flex-col gap-4">
        <FileInput
          icon={FileArchive}
          prompt={t("listening.imports.drop")}
          hint={t(isRunning ? "listening.imports.wait" : "listening.imports.hint", { size: bytes(about) })}
          label={t("listening.imports.choose")}
          accept=".zip,.json,.jsonl,.csv"
          disabled={upload.isPending || isRunning}
          check={({ name, size }) => {
            if (size === 0) return t("listening.imports.empty", { name });
            if (size > largestHistory) return t("listening.imports.tooLarge", { name, size: bytes(about) });
            return name.length > longestName ? t("listening.imports.longName") : undefined;
          }}
          onChoose={([chosen]) => chosen !== undefined && send(chosen)}
        />
        {upload.isPending && (
          <div>
            <p translate="no" className="mb-1 truncate">
              {file?.name}
            </p>
            <UploadProgress
              label={t(upload.fraction < 1 ? "listening.imports.uploading" : "listening.imports.looking")}
              fraction={upload.fraction}
              onCancel={upload.cancel}
            />
          </div>
        )}
        {upload.isError && (
          <Notice
            kind="danger"
            title={words(upload.error).text}
            actions={file && <Button onClick={() => send(file)}>{t("common.tryAgain")}</Button>}
          />
        )}
        {error !== null && <Notice kind="danger" title={words(error).text} />}
        {imports.length > 0 && (
          <div>
            <h3 className="font-semibold">{t("listening.imports.list")}</h3>
            <ul className="divide-y divide-line">
              {imports.map((one, index) => (
                <ImportItem key={one.id} history={one} open={index === 0} />
              ))}
            </ul>
          </div>
        )}
        <Sources />
      </div>
    </Section>
  );
}
