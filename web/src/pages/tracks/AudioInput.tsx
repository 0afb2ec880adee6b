import { FileAudio, Upload } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { buttonClass } from "@/parts/Button";
import { audioTypes, largestAudioMiB, problemOfAudio, type AudioProblem } from "./audioFile";

interface AudioInputProps {
  file: File | null;
  onChoose: (file: File) => void;
  disabled?: boolean;
}

/** Chooses an audio file, by its button or by dropping it there; refuses what the API would refuse. */
export function AudioInput({ file, onChoose, disabled = false }: AudioInputProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const id = useId();
  const [problem, setProblem] = useState<AudioProblem | null>(null);
  const [dragged, setDragged] = useState(false);

  function take(chosen: File | undefined): void {
    if (chosen === undefined) return;
    const found = problemOfAudio(chosen);
    setProblem(found);
    if (found === null) onChoose(chosen);
  }

  const drop = disabled
    ? {}
    : {
        onDragOver: (event: React.DragEvent) => {
          event.preventDefault();
          setDragged(true);
        },
        onDragLeave: () => setDragged(false),
        onDrop: (event: React.DragEvent) => {
          event.preventDefault();
          setDragged(false);
          take(event.dataTransfer.files[0]);
        },
      };
  return (
    <div
      {...drop}
      className={`flex flex-wrap items-center gap-3 rounded-8 border border-dashed p-3 ${dragged ? "border-accent bg-tint" : "border-ctl"}`}
    >
      <FileAudio size={20} strokeWidth={1.75} className="text-ink3" aria-hidden />
      <div className="min-w-0 grow">
        {file === null ? (
          <p className="text-ink2">{t("tracks.audio.drop")}</p>
        ) : (
          <p className="truncate">
            <span translate="no">{file.name}</span>{" "}
            <span className="text-12 text-ink3">{format.bytes(file.size)}</span>
          </p>
        )}
        <p
          id={`${id}-hint`}
          className={`text-12 ${problem === null ? "text-ink3" : "text-danger"}`}
          role="status"
        >
          {problem === null
            ? t("tracks.audio.hint", { size: largestAudioMiB })
            : t(`tracks.audio.refused.${problem}`, { size: largestAudioMiB })}
        </p>
      </div>
      <label
        className={`${buttonClass()} has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent ${disabled ? "opacity-60" : "cursor-pointer"}`}
      >
        <Upload size={16} strokeWidth={1.75} aria-hidden />
        {t("tracks.audio.choose")}
        <input
          type="file"
          className="sr-only"
          accept={audioTypes.join(",")}
          disabled={disabled}
          aria-describedby={`${id}-hint`}
          onChange={(event) => {
            take(event.target.files?.[0]);
            // So that the same file can be chosen again after it failed.
            event.target.value = "";
          }}
        />
      </label>
    </div>
  );
}
