import { ChartNoAxesColumn } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useAccount, useZone } from "@/api/account";
import { useInstallation } from "@/api/installation";
import { ApiProblem } from "@/api/problem";
import { useChangeTrack, useTrack, type Track } from "@/api/tracks";
import { useFormat } from "@/format/useFormat";
import { Button, ButtonLink } from "@/parts/Button";
import { Card } from "@/parts/Card";
import { Notice } from "@/parts/Notice";
import { Section } from "@/parts/Section";
import { Snippet } from "@/parts/Snippet";
import { showToast } from "@/parts/toasts";
import { useForm } from "@/parts/useForm";
import { Page } from "@/shell/Page";
import { Component as NotFound } from "../NotFound";
import { AudioSection } from "./AudioSection";
import { embedSnippet } from "./embedSnippet";
import { TrackFields, trackFields, trackOf, useCheckTrack, valuesOf } from "./TrackFields";

/** One of one's own tracks: what it is called, its audio, and how to put it on a page. */
export function Component() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const account = useAccount();
  const track = useTrack(id);

  const unknown = track.error instanceof ApiProblem && [404, 422].includes(track.error.status);
  const someoneElses =
    track.data !== undefined &&
    account.data !== undefined &&
    track.data.creator_id !== account.data.creator_id;
  if (unknown || someoneElses) return <NotFound />;

  const failed = account.error ?? track.error;
  if (account.data === undefined || track.data === undefined) {
    const retry = () => void Promise.all([account.refetch(), track.refetch()]);
    return (
      <Page title={t("tracks.edit")}>
        <Card
          title={t("tracks.form.heading")}
          className="mx-auto max-w-2xl"
          state={
            failed === null
              ? { kind: "loading" }
              : { kind: "error", sentence: t("tracks.oneFailed"), error: failed, retry }
          }
        >
          {null}
        </Card>
      </Page>
    );
  }
  return (
    <Page
      title={track.data.title}
      titleIsData
      aside={
        <ButtonLink to={`/analytics?track=${id}`} icon={ChartNoAxesColumn}>
          {t("tracks.itsNumbers")}
        </ButtonLink>
      }
    >
      <div className="mx-auto flex max-w-2xl flex-col gap-4">
        <DetailsForm key={track.data.id} track={track.data} />
        <AudioSection track={track.data} />
        <Embed track={track.data} />
      </div>
    </Page>
  );
}

function DetailsForm({ track }: { track: Track }) {
  const { t } = useTranslation();
  const { clock } = useFormat();
  const zone = useZone();
  const change = useChangeTrack();
  const [values, setValues] = useState(() => valuesOf(track, clock, zone));
  const { ref, onSubmit, errors, failure, pending } = useForm({
    fields: trackFields,
    check: useCheckTrack(),
    send: async (fields) => {
      const before = valuesOf(track, clock, zone);
      const after = trackOf(fields, zone, { text: before.duration_ms, ms: track.duration_ms });
      // Only what was changed: a release at a time of day stays at it.
      const changed = trackFields.filter((name) => fields[name] !== before[name]);
      const changes = Object.fromEntries(changed.map((name) => [name, after[name]]));
      await change.mutateAsync({ id: track.id, changes });
      showToast(t("common.saved"));
    },
  });
  return (
    <Section title={t("tracks.form.heading")}>
      <form ref={ref} noValidate onSubmit={onSubmit} className="flex flex-col items-start gap-4">
        <div className="w-full">
          <TrackFields values={values} onChange={setValues} errors={errors} zone={zone} />
        </div>
        {track.duration_estimated && <Notice kind="info" title={t("tracks.form.durationEstimated")} />}
        {failure !== undefined && <Notice kind="danger" title={failure} />}
        <Button type="submit" look="primary" pending={pending}>
          {t("common.save")}
        </Button>
      </form>
    </Section>
  );
}

function Embed({ track }: { track: Track }) {
  const { t } = useTranslation();
  const { data: installation } = useInstallation();
  if (installation === undefined) return null;
  return (
    <Section title={t("tracks.embed.title")} sentence={t("tracks.embed.sentence")}>
      <Snippet code={embedSnippet(track.id, installation.ingest_url)} />
    </Section>
  );
}
