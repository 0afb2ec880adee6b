import { useTranslation } from "react-i18next";
import { ListCard } from "../parts/ListCard";
import { firstListing, listingOf } from "../parts/listings";
import { useTrafficSources } from "../report/queries";
import { useReport } from "../report/useReport";
import { useChannelHint } from "./useChannelHint";

const asked = 50;
const lists = [
  { name: "channels", filter: "channel" },
  { name: "contexts", filter: "context" },
  { name: "campaigns", filter: "campaign" },
] as const;

/** Sources, their kinds, where on the site plays begin, and campaigns. */
export function Component() {
  const { t } = useTranslation();
  const { report } = useReport();
  const shared = {
    query: useTrafficSources(report, asked),
    failed: t("analytics.sources.failed"),
    csv: "/api/v1/analytics/traffic-sources",
    csvQuery: { limit: asked },
  } as const;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <ListCard
        {...shared}
        title={t("analytics.sources.title")}
        filter="source"
        listingOf={(data) => firstListing(data, data.sources)}
        hint={useChannelHint()}
      />
      <div className="flex min-w-0 flex-col gap-4">
        {lists.map(({ name, filter }) => (
          <ListCard
            key={name}
            {...shared}
            title={t(`analytics.sources.${name}`)}
            filter={filter}
            listingOf={(data) => listingOf(data, name)}
            none={t(`analytics.sources.no.${name}`)}
          />
        ))}
      </div>
    </div>
  );
}
