import { useTranslation } from "react-i18next";
import { Cover } from "@/parts/cover/Cover";
import { BreakdownList } from "../parts/BreakdownList";
import { firstListing, type Listing } from "../parts/listings";
import { useLeader } from "../parts/leader";
import { ReportCard } from "../parts/ReportCard";
import { useTracksReport, type Tracks } from "../report/queries";
import { useReport } from "../report/useReport";

const asked = 10;

export function tracksOf(data: Tracks): Listing<Tracks["tracks"][number]> {
  return firstListing(data, data.tracks);
}

/** Which tracks? */
export function TracksCard({ className }: { className?: string }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const leader = useLeader();
  return (
    <ReportCard
      query={useTracksReport(report, asked)}
      title={t("analytics.tracks.title")}
      sentence={({ data }) => leader("track", tracksOf(data))}
      failed={t("analytics.tracks.failed")}
      csv="/api/v1/analytics/tracks"
      more={{ to: "tracks", label: t("analytics.tracks.all") }}
      className={className}
    >
      {({ data }) => (
        <BreakdownList
          filter="track"
          title={t("analytics.filters.track")}
          listing={tracksOf(data)}
          picture={({ key }) => <Cover id={key} className="size-5 shrink-0 rounded-4" />}
        />
      )}
    </ReportCard>
  );
}
