import { useTranslation } from "react-i18next";
import { BreakdownList } from "../parts/BreakdownList";
import { useLeader } from "../parts/leader";
import { ReportCard } from "../parts/ReportCard";
import { useTrafficSources } from "../report/queries";
import { useReport } from "../report/useReport";
import { campaignsOf, channelsOf, contextsOf, sourcesOf } from "./listings";
import { SourceList } from "./SourceList";

const asked = 50;
const path = "/api/v1/analytics/traffic-sources";
const lists = [
  { name: "channels", filter: "channel", listingOf: channelsOf },
  { name: "contexts", filter: "context", listingOf: contextsOf },
  { name: "campaigns", filter: "campaign", listingOf: campaignsOf },
] as const;

/** Sources, their kinds, where on the site plays begin, and campaigns. */
export function Component() {
  const { t } = useTranslation();
  const { report } = useReport();
  const leader = useLeader();
  const query = useTrafficSources(report, asked);
  const failed = t("analytics.sources.failed");
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <ReportCard
        query={query}
        title={t("analytics.sources.title")}
        sentence={({ data }) => leader("source", sourcesOf(data))}
        failed={failed}
        csv={path}
        csvLimit={asked}
      >
        {({ data }) => <SourceList headed listing={sourcesOf(data)} />}
      </ReportCard>
      <div className="flex min-w-0 flex-col gap-4">
        {lists.map(({ name, filter, listingOf }) => (
          <ReportCard
            key={name}
            query={query}
            title={t(`analytics.sources.${name}`)}
            sentence={({ data }) => leader(filter, listingOf(data)) ?? t(`analytics.sources.no.${name}`)}
            failed={failed}
            csv={path}
            csvLimit={asked}
          >
            {({ data }) => (
              <BreakdownList
                headed
                filter={filter}
                title={t(`analytics.filters.${filter}`)}
                listing={listingOf(data)}
              />
            )}
          </ReportCard>
        ))}
      </div>
    </div>
  );
}
