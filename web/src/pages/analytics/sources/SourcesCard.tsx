import { useTranslation } from "react-i18next";
import { BreakdownList } from "../parts/BreakdownList";
import { firstListing } from "../parts/listings";
import { useLeader } from "../parts/leader";
import { ReportCard } from "../parts/ReportCard";
import { useTrafficSources } from "../report/queries";
import { useReport } from "../report/useReport";
import { useChannelHint } from "./useChannelHint";

const asked = 10;

/** Coming from where? */
export function SourcesCard({ className }: { className?: string }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const leader = useLeader();
  const hint = useChannelHint();
  return (
    <ReportCard
      query={useTrafficSources(report, asked)}
      title={t("analytics.sources.title")}
      sentence={({ data }) => leader("source", firstListing(data, data.sources))}
      failed={t("analytics.sources.failed")}
      csv="/api/v1/analytics/traffic-sources"
      more={{ to: "sources", label: t("analytics.sources.all") }}
      className={className}
    >
      {({ data }) => (
        <BreakdownList
          filter="source"
          title={t("analytics.filters.source")}
          listing={firstListing(data, data.sources)}
          most={9}
          hint={hint}
        />
      )}
    </ReportCard>
  );
}
