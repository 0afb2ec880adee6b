import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";

/** How far an upload is; at 1 the store has it, and the API is looking at it. */
export function UploadProgress({ fraction, onCancel }: { fraction: number; onCancel: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const id = useId();
  return (
    <div className="flex items-center gap-3">
      <label htmlFor={id} className="text-ink2">
        {t(fraction < 1 ? "tracks.audio.uploading" : "tracks.audio.completing")}
      </label>
      <progress id={id} value={fraction} max={1} className="h-2 grow" />
      <output htmlFor={id} className="w-12 text-right">
        {format.percent(fraction)}
      </output>
      <Button onClick={onCancel}>{t("common.cancel")}</Button>
    </div>
  );
}
