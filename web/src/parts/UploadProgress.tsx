import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Button } from "./Button";

interface UploadProgressProps {
  /** What is going on: sending, or, from 1 on, what follows. */
  label: string;
  /** How much of it has left, 0 to 1. */
  fraction: number;
  onCancel: () => void;
}

/** How far an upload is, and the way to stop it. */
export function UploadProgress({ label, fraction, onCancel }: UploadProgressProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const id = useId();
  return (
    <div className="flex items-center gap-3">
      <label htmlFor={id} className="text-ink2">
        {label}
      </label>
      <progress id={id} value={fraction} max={1} className="h-2 grow" />
      <output htmlFor={id} className="w-12 text-right">
        {format.percent(fraction)}
      </output>
      <Button onClick={onCancel}>{t("common.cancel")}</Button>
    </div>
  );
}
