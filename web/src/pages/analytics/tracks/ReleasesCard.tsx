import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { OverlayChart } from "@/parts/charts/later";
import { lineColour, mostLines } from "@/parts/charts/overlay";
import { ReportCard } from "../parts/ReportCard";
import { useReleases, type Tracks } from "../report/queries";
import { useReport } from "../report/useReport";

const days = 28;
/** Among them are the newest, and those that have no release day. */
const asked = 30;

type Released = Tracks["tracks"][number] & { days: NonNullable<Tracks["tracks"][number]["days"]> };

function wasHeard(track: Tracks["tracks"][number]): track is Released {
  return track.days?.some(({ plays }) => plays !== null && plays > 0) ?? false;
}

const releasedAt = ({ released_at }: Released) => Date.parse(released_at ?? "");

/** The newest tracks whose beginnings were heard here: they can be laid over each other. */
function releasedOf({ tracks }: Tracks): Released[] {
  const heard = tracks.filter(wasHeard).toSorted((a, b) => releasedAt(b) - releasedAt(a));
  return heard.slice(0, mostLines);
}

/** How did they begin? The first 28 days after each release, laid over each other. */
export function ReleasesCard() {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  return (
    <ReportCard
      query={useReleases(report, asked, days)}
      title={t("analytics.releases.title")}
      sentence={({ data }) =>
        releasedOf(data).length === 0 ? t("analytics.releases.none") : t("analytics.releases.sentence")
      }
      failed={t("analytics.tracks.failed")}
      csv="/api/v1/analytics/tracks"
      skeleton={<div className="h-60 rounded-8 bg-skeleton2" />}
    >
      {({ data }) => {
        const released = releasedOf(data);
        if (released.length === 0) return null;
        // A day that runs would look like a fall.
        const lines = released.map((track) => ({
          key: track.key,
          values: track.days.map(({ plays, complete }) => (complete ? plays : null)),
        }));
        const step = (day: number) => t("analytics.releases.day", { day: day + 1 });
        return (
          <>
            <ul className="mb-2 flex flex-wrap gap-x-6 gap-y-1 text-12 text-ink2">
              {released.map(({ key, label, released_at }, index) => (
                <li key={key} className="flex items-center gap-2">
                  <span aria-hidden className="h-0.5 w-5" style={{ background: lineColour(index) }} />
                  <span translate="no">{label}</span>
                  {released_at && <span className="text-ink3">{format.date(released_at)}</span>}
                </li>
              ))}
            </ul>
            <OverlayChart
              label={t("analytics.releases.title")}
              lines={lines}
              axis={format.compact}
              step={step}
              tooltip={(day) => (
                <>
                  <p className="font-semibold">{step(day)}</p>
                  {released.map(({ key, label, days: ofTrack }, index) => (
                    <p key={key} className="flex justify-between gap-4">
                      <span className="flex items-center gap-2">
                        <span aria-hidden className="h-0.5 w-4" style={{ background: lineColour(index) }} />
                        <span translate="no">{label}</span>
                      </span>
                      {ofTrack[day]?.plays === null || ofTrack[day] === undefined
                        ? t("analytics.course.unknown")
                        : t("analytics.phrases.plays", { count: ofTrack[day].plays })}
                    </p>
                  ))}
                </>
              )}
            />
          </>
        );
      }}
    </ReportCard>
  );
}
