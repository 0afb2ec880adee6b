import { useTranslation } from "react-i18next";
import { BreakdownList } from "../parts/BreakdownList";
import { useLeader } from "../parts/leader";
import { ReportCard } from "../parts/ReportCard";
import { useDemographics } from "../report/queries";
import { useReport } from "../report/useReport";
import { browsersOf, devicesOf, systemsOf } from "./listings";

const asked = 50;
const lists = [
  { name: "devices", filter: "device", listingOf: devicesOf },
  { name: "systems", filter: "os", listingOf: systemsOf },
  { name: "browsers", filter: "browser", listingOf: browsersOf },
] as const;

/** Devices, systems and browsers, each whole. */
export function Component() {
  const { t } = useTranslation();
  const { report } = useReport();
  const leader = useLeader();
  const query = useDemographics(report, asked);
  return (
    <div className="grid items-start gap-4 lg:grid-cols-3">
      {lists.map(({ name, filter, listingOf }) => (
        <ReportCard
          key={name}
          query={query}
          title={t(`analytics.devices.${name}`)}
          sentence={({ data }) => leader(filter, listingOf(data))}
          failed={t("analytics.devices.failed")}
          csv="/api/v1/analytics/demographics"
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
  );
}
