import { Files, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Product } from "@/api/market/products";
import { useFileUpload, useRemoveFile } from "@/api/market/selling";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button, IconButton } from "@/parts/Button";
import { FileInput } from "@/parts/FileInput";
import { Notice } from "@/parts/Notice";
import { Section } from "@/parts/Section";
import { showToast } from "@/parts/toasts";
import { UploadProgress } from "@/parts/UploadProgress";

/** As the API has it. */
const largestFile = 2_147_483_648;
/** In round numbers, for people. */
const about = 2_000_000_000;
const longestName = 200;

/** What buyers download, and the way to add to it. */
export function FilesSection({ product }: { product: Product }) {
  const { t } = useTranslation();
  const { bytes } = useFormat();
  const words = useProblemWords();
  const upload = useFileUpload();
  const remove = useRemoveFile();
  /** Those that still have to go, the one on its way first. */
  const [waiting, setWaiting] = useState<readonly File[]>([]);

  async function send(files: readonly File[]): Promise<void> {
    setWaiting(files);
    for (const [index, file] of files.entries()) {
      await upload.mutateAsync({ target: product.id, file });
      setWaiting(files.slice(index + 1));
      showToast(t("sell.files.added", { name: file.name }));
    }
  }
  // What fails stays in the list, and is shown below.
  const begin = (files: readonly File[]) => void send(files).catch(() => undefined);

  return (
    <Section
      title={t("sell.files.title")}
      sentence={t(product.state === "draft" ? "sell.files.sentence" : "sell.files.stay")}
    >
      <div className="flex flex-col gap-4">
        {product.files.length > 0 && (
          <ul className="divide-y">
            {product.files.map((file) => (
              <li key={file.id} className="flex items-center gap-3 py-2">
                <div className="min-w-0 grow">
                  <p translate="no" className="truncate font-medium">
                    {file.name}
                  </p>
                  <p className="truncate text-12 text-ink3">
                    {t("market.purchases.sha256")}{" "}
                    <code translate="no" className="font-mono">
                      {file.sha256}
                    </code>
                  </p>
                </div>
                <span className="shrink-0 text-ink2 tabular-nums">{bytes(file.size)}</span>
                {product.state === "draft" && (
                  <IconButton
                    icon={Trash2}
                    label={t("sell.files.remove", { name: file.name })}
                    disabled={remove.isPending}
                    onClick={() => remove.mutate({ id: product.id, file: file.id })}
                  />
                )}
              </li>
            ))}
          </ul>
        )}
        {remove.isError && <Notice kind="danger" title={words(remove.error).text} />}
        <FileInput
          icon={Files}
          prompt={t("sell.files.drop")}
          hint={t("sell.files.hint", { size: bytes(about) })}
          label={t("sell.files.choose")}
          multiple
          disabled={upload.isPending}
          check={({ name, size }) => {
            if (size === 0) return t("sell.files.empty", { name });
            if (size > largestFile) return t("sell.files.tooLarge", { name, size: bytes(about) });
            return name.length > longestName ? t("sell.files.longName") : undefined;
          }}
          onChoose={begin}
        />
        {upload.isPending && (
          <div>
            <p className="mb-1 truncate">
              <span translate="no">{waiting[0]?.name}</span>
              {waiting.length > 1 && (
                <span className="ml-2 text-ink3">{t("sell.files.then", { count: waiting.length - 1 })}</span>
              )}
            </p>
            <UploadProgress
              label={t(upload.fraction < 1 ? "sell.files.uploading" : "sell.files.completing")}
              fraction={upload.fraction}
              onCancel={upload.cancel}
            />
          </div>
        )}
        {upload.isError && (
          <Notice
            kind="danger"
            title={words(upload.error).text}
            actions={
              waiting.length > 0 && <Button onClick={() => begin(waiting)}>{t("common.tryAgain")}</Button>
            }
          />
        )}
      </div>
    </Section>
  );
}
