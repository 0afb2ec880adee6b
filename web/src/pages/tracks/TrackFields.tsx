import { useTranslation } from "react-i18next";
import type { NewTrack, Track } from "@/api/tracks";
import { parseClock } from "@/format/clock";
import { dayIn, startOfDay } from "@/format/zones";
import { TextField } from "@/parts/Field";

export const trackFields = ["title", "artist", "duration_ms", "released_at"] as const;
type Name = (typeof trackFields)[number];
export type TrackValues = Record<Name, string>;
type Errors = Partial<TrackValues>;

/** A track as its fields show it; `clock` writes its length, the day is that of `zone`. */
export function valuesOf(track: Track, clock: (ms: number) => string, zone: string): TrackValues {
  return {
    title: track.title,
    artist: track.artist,
    duration_ms: clock(track.duration_ms),
    released_at: track.released_at ? dayIn(track.released_at, zone) : "",
  };
}

/**
 * The fields as the API wants them. `exact` is a length known to the ms (the file's, or the track's so far) and how it is
 * written: it stands for that text, which has whole seconds only.
 */
export function trackOf(
  values: TrackValues,
  zone: string,
  exact?: { text: string; ms: number },
): Required<NewTrack> {
  const ms = exact?.text === values.duration_ms ? exact.ms : parseClock(values.duration_ms);
  if (ms === null) throw new RangeError(`not a length: ${values.duration_ms}`);
  return {
    title: values.title.trim(),
    artist: values.artist.trim(),
    duration_ms: ms,
    released_at: values.released_at === "" ? null : startOfDay(values.released_at, zone).toISOString(),
  };
}

/** What is wrong with the fields, in the reader's language. */
export function useCheckTrack(): (values: TrackValues) => Errors {
  const { t } = useTranslation();
  return ({ title, artist, duration_ms }) => ({
    ...(title.trim() === "" && { title: t("tracks.form.titleMissing") }),
    ...(artist.trim() === "" && { artist: t("tracks.form.artistMissing") }),
    ...(parseClock(duration_ms) === null && { duration_ms: t("tracks.form.durationWrong") }),
  });
}

interface TrackFieldsProps {
  values: TrackValues;
  onChange: (values: TrackValues) => void;
  errors: Errors;
  /** Named in the hint of the release date, whose day begins there. */
  zone: string;
}

export function TrackFields({ values, onChange, errors, zone }: TrackFieldsProps) {
  const { t } = useTranslation();
  const control = (name: Name) => ({
    name,
    value: values[name],
    error: errors[name],
    onChange: ({ target }: React.ChangeEvent<HTMLInputElement>) =>
      onChange({ ...values, [name]: target.value }),
  });
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField label={t("tracks.form.title")} maxLength={300} {...control("title")} />
      <TextField label={t("tracks.form.artist")} maxLength={300} {...control("artist")} />
      <TextField
        label={t("tracks.form.duration")}
        hint={t("tracks.form.durationHint")}
        inputMode="numeric"
        {...control("duration_ms")}
      />
      <TextField
        label={t("tracks.form.released")}
        hint={t("tracks.form.releasedHint", { zone })}
        type="date"
        min="1800-01-02"
        max="2199-12-30"
        optional
        {...control("released_at")}
      />
    </div>
  );
}
