import { useTranslation } from "react-i18next";
import { useLeader } from "../parts/leader";
import { ReportCard } from "../parts/ReportCard";
import { useTrafficSources } from "../report/queries";
import { useReport } from "../report/useReport";
import { sourcesOf } from "./listings";
import { SourceList } from "./SourceList";

const asked = 10;

/** Coming from where? */
export function SourcesCard({ className }: { className?: string }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const leader = useLeader();
  return (
    <ReportCard
      query={useTrafficSources(report, asked)}
      title={t("analytics.sources.title")}
      sentence={({ data }) => leader("source", sourcesOf(data))}
      failed={t("analytics.sources.failed")}
      csv="/api/v1/analytics/traffic-sources"
      more={{ to: "sources", label: t("analytics.sources.all") }}
      className={className}
    >
      {({ data }) => <SourceList listing={sourcesOf(data)} most={9} />}
    </ReportCard>
  );
}
