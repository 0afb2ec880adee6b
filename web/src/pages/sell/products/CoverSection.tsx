import { ImageUp } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Product } from "@/api/market/products";
import { useCoverUpload } from "@/api/market/selling";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { FileInput } from "@/parts/FileInput";
import { Notice } from "@/parts/Notice";
import { Section } from "@/parts/Section";
import { ProductCover } from "@/parts/shop/ProductCover";
import { showToast } from "@/parts/toasts";
import { UploadProgress } from "@/parts/UploadProgress";

/** As the API has it. */
const largestCover = 5_242_880;
/** In round numbers, for people. */
const about = 5_000_000;
const types = ["image/jpeg", "image/png", "image/webp", "image/avif"];

/** A product's picture; without one, one is drawn. */
export function CoverSection({ product }: { product: Product }) {
  const { t } = useTranslation();
  const { bytes } = useFormat();
  const words = useProblemWords();
  const upload = useCoverUpload();
  const [file, setFile] = useState<File>();

  function send(chosen: File): void {
    setFile(chosen);
    upload.mutate(
      { target: product.id, file: chosen },
      { onSuccess: () => showToast(t("sell.cover.changed")) },
    );
  }

  return (
    <Section
      title={t("sell.cover.title")}
      sentence={t(product.cover === null ? "sell.cover.drawn" : "sell.cover.own")}
    >
      <div className="flex flex-col gap-4 sm:flex-row">
        <ProductCover product={product} className="size-32 shrink-0 rounded-8" />
        <div className="flex min-w-0 grow flex-col gap-4">
          <FileInput
            icon={ImageUp}
            prompt={t("sell.cover.drop")}
            hint={t("sell.cover.hint", { size: bytes(about) })}
            label={t("sell.cover.choose")}
            accept={types.join(",")}
            disabled={upload.isPending}
            check={({ type, size }) => {
              if (!types.includes(type)) return t("sell.cover.wrongType");
              return size > largestCover ? t("sell.cover.tooLarge", { size: bytes(about) }) : undefined;
            }}
            onChoose={([chosen]) => chosen !== undefined && send(chosen)}
          />
          {upload.isPending && (
            <UploadProgress
              label={t(upload.fraction < 1 ? "sell.files.uploading" : "sell.files.completing")}
              fraction={upload.fraction}
              onCancel={upload.cancel}
            />
          )}
          {upload.isError && (
            <Notice
              kind="danger"
              title={words(upload.error).text}
              actions={
                file !== undefined && <Button onClick={() => send(file)}>{t("common.tryAgain")}</Button>
              }
            />
          )}
        </div>
      </div>
    </Section>
  );
}
