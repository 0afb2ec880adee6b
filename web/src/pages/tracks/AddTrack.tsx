import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useAccount, useZone } from "@/api/account";
import { useAddTrack, useAudioUpload, useChangeTrack } from "@/api/tracks";
import { useFormat } from "@/format/useFormat";
import { Button, ButtonLink } from "@/parts/Button";
import { Notice } from "@/parts/Notice";
import { Section } from "@/parts/Section";
import { showToast } from "@/parts/toasts";
import { UploadProgress } from "@/parts/UploadProgress";
import { useForm } from "@/parts/useForm";
import { Page } from "@/shell/Page";
import { durationOf, titleOf } from "./audioFile";
import { AudioInput } from "./AudioInput";
import { TrackFields, trackFields, trackOf, useCheckTrack, type TrackValues } from "./TrackFields";

/** A new track; with its file chosen first, the browser fills in what it can read from it. */
export function Component() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const format = useFormat();
  const zone = useZone();
  const { data: account } = useAccount();
  const add = useAddTrack();
  const change = useChangeTrack();
  const audio = useAudioUpload();

  const [file, setFile] = useState<File | null>(null);
  const [exact, setExact] = useState<{ text: string; ms: number }>();
  const [edited, setValues] = useState<TrackValues>();
  const values = edited ?? {
    title: "",
    artist: account?.creator_name ?? "",
    duration_ms: "",
    released_at: "",
  };

  async function choose(chosen: File): Promise<void> {
    setFile(chosen);
    const ms = await durationOf(chosen);
    if (ms !== null) setExact({ text: format.clock(ms), ms });
    setValues({
      ...values,
      title: values.title || titleOf(chosen.name),
      duration_ms: ms === null ? values.duration_ms : format.clock(ms),
    });
  }

  const { ref, onSubmit, errors, failure, pending } = useForm({
    fields: trackFields,
    check: useCheckTrack(),
    send: async (fields) => {
      const track = trackOf(fields, zone, exact);
      // If the upload failed the track is there already: then its fields are what is sent again.
      const id =
        add.data === undefined
          ? (await add.mutateAsync(track)).id
          : (await change.mutateAsync({ id: add.data.id, changes: track })).id;
      if (file !== null) await audio.mutateAsync({ id, file });
      showToast(t("tracks.added", { title: track.title }));
      await navigate("/tracks");
    },
  });

  return (
    <Page title={t("tracks.add")}>
      <form ref={ref} noValidate onSubmit={onSubmit} className="mx-auto flex max-w-2xl flex-col gap-4">
        <Section title={t("tracks.audio.title")} sentence={t("tracks.audio.sentence")}>
          <AudioInput file={file} onChoose={(chosen) => void choose(chosen)} disabled={pending} />
        </Section>
        <Section title={t("tracks.form.heading")}>
          <TrackFields values={values} onChange={setValues} errors={errors} zone={zone} />
        </Section>
        {audio.isPending && (
          <UploadProgress
            label={t(audio.fraction < 1 ? "tracks.audio.uploading" : "tracks.audio.completing")}
            fraction={audio.fraction}
            onCancel={audio.cancel}
          />
        )}
        {failure !== undefined && (
          <Notice kind="danger" title={failure}>
            {add.data !== undefined && t("tracks.audio.onlyAudioMissing")}
          </Notice>
        )}
        <div className="flex justify-end gap-2">
          <ButtonLink to="/tracks">{t("common.cancel")}</ButtonLink>
          <Button type="submit" look="primary" pending={pending}>
            {t("tracks.addAction")}
          </Button>
        </div>
      </form>
    </Page>
  );
}
