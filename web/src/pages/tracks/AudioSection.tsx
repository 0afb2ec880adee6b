import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useProblemWords } from "@/api/problemWords";
import { useAudioUpload, type Track } from "@/api/tracks";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { Notice } from "@/parts/Notice";
import { Section } from "@/parts/Section";
import { showToast } from "@/parts/toasts";
import { UploadProgress } from "@/parts/UploadProgress";
import { AudioInput } from "./AudioInput";

/** The audio that a track has, and the way to give it another. */
export function AudioSection({ track }: { track: Track }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useProblemWords();
  const [file, setFile] = useState<File | null>(null);
  const audio = useAudioUpload();

  function send(chosen: File): void {
    setFile(chosen);
    audio.mutate(
      { id: track.id, file: chosen },
      {
        onSuccess: () => {
          setFile(null);
          showToast(t("tracks.audio.uploaded"));
        },
      },
    );
  }

  return (
    <Section
      title={t("tracks.audio.title")}
      sentence={
        track.audio
          ? t("tracks.audio.there", { type: track.audio.type, size: format.bytes(track.audio.size) })
          : t("tracks.audio.missing")
      }
    >
      <div className="flex flex-col gap-4">
        {track.audio && (
          // What it says is on the page: it is the track itself.
          // oxlint-disable-next-line jsx-a11y/media-has-caption
          <audio controls preload="none" src={track.audio.url} className="w-full" aria-label={track.title} />
        )}
        <AudioInput file={file} onChoose={send} disabled={audio.isPending} />
        {audio.isPending && (
          <UploadProgress
            label={t(audio.fraction < 1 ? "tracks.audio.uploading" : "tracks.audio.completing")}
            fraction={audio.fraction}
            onCancel={audio.cancel}
          />
        )}
        {audio.isError && (
          <Notice
            kind="danger"
            title={words(audio.error).text}
            actions={file !== null && <Button onClick={() => send(file)}>{t("common.tryAgain")}</Button>}
          />
        )}
      </div>
    </Section>
  );
}
