import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFormat } from "@/format/useFormat";
import { Cover } from "@/parts/cover/Cover";
import { DataTable, type Column } from "@/parts/DataTable";
import { useLeader } from "../parts/leader";
import { ReportCard } from "../parts/ReportCard";
import { asking } from "../report/firstQuestion";
import { everything, tracksQuery, useTracksReport, type Tracks } from "../report/queries";
import { useReport } from "../report/useReport";
import { ReleasesCard } from "./ReleasesCard";
import { tracksOf } from "./TracksCard";

type Track = Tracks["tracks"][number];

export const loader = asking((report) => tracksQuery(report, everything));

/** All tracks with their numbers, and how each began. */
export function Component() {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat();
  const leader = useLeader();
  const columns = useColumns();
  return (
    <div className="flex flex-col gap-4">
      <ReportCard
        query={useTracksReport(report, everything)}
        title={t("analytics.tracks.title")}
        sentence={({ data }) => leader("track", tracksOf(data))}
        failed={t("analytics.tracks.failed")}
        csv="/api/v1/analytics/tracks"
        csvQuery={{ limit: everything }}
      >
        {({ data }) => (
          <>
            <DataTable
              caption={t("analytics.tracks.title")}
              columns={columns}
              rows={data.tracks}
              rowKey={({ key }) => key}
              sort={{ column: "plays", descending: true }}
              totals={[
                t("analytics.columns.total"),
                "",
                "",
                format.percent(1, 1),
                format.count(data.total.plays ?? 0),
                data.total.listeners === null ? "–" : format.count(data.total.listeners),
              ]}
            />
            {Boolean(data.rest.count) && (
              <p className="mt-2 text-12 text-ink3">
                {t("analytics.tracks.rest", {
                  others: t("analytics.breakdown.others", { count: data.rest.count ?? 0 }),
                  plays: t("analytics.phrases.plays", { count: data.rest.plays ?? 0 }),
                })}
              </p>
            )}
          </>
        )}
      </ReportCard>
      <ReleasesCard />
    </div>
  );
}

function useColumns(): Column<Track>[] {
  const { t } = useTranslation();
  const { report, hrefOfFilter, hrefOfPlays } = useReport();
  const format = useFormat(report.zone);
  return [
    {
      key: "track",
      title: t("analytics.filters.track"),
      heading: true,
      cell: ({ key, label }) => (
        <span className="flex items-center gap-2">
          <Cover id={key} className="size-6 shrink-0 rounded-4" />
          <Link
            to={hrefOfFilter({ name: "track", value: key })}
            title={t("analytics.breakdown.only", { name: label })}
            preventScrollReset
            translate="no"
            className="truncate text-ink hover:underline"
          >
            {label}
          </Link>
        </span>
      ),
      sortBy: ({ label }) => label,
    },
    {
      key: "artist",
      title: t("analytics.filters.artist"),
      wide: true,
      cell: ({ artist }) =>
        artist && (
          <Link
            to={hrefOfFilter({ name: "artist", value: artist })}
            preventScrollReset
            translate="no"
            className="text-ink2 hover:underline"
          >
            {artist}
          </Link>
        ),
      sortBy: ({ artist }) => artist,
    },
    {
      key: "released",
      title: t("analytics.columns.released"),
      wide: true,
      cell: ({ released_at }) => (
        <span className="text-ink2">{released_at ? format.date(released_at) : "–"}</span>
      ),
      sortBy: ({ released_at }) => (released_at ? Date.parse(released_at) : null),
    },
    {
      key: "share",
      title: t("analytics.columns.share"),
      numeric: true,
      cell: ({ share }) => <span className="text-12 text-ink3">{format.percent(share, 1)}</span>,
    },
    {
      key: "plays",
      title: t("analytics.metrics.plays"),
      numeric: true,
      cell: ({ key, label, plays }) => (
        <Link
          to={hrefOfPlays({ track: key })}
          aria-label={t("analytics.breakdown.playsOf", { name: label, count: plays })}
          className="font-medium text-ink hover:underline"
        >
          {format.count(plays)}
        </Link>
      ),
      sortBy: ({ plays }) => plays,
    },
    {
      key: "listeners",
      title: t("analytics.metrics.listeners"),
      numeric: true,
      cell: ({ listeners }) => format.count(listeners),
      sortBy: ({ listeners }) => listeners,
    },
  ];
}
