import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { BreakdownList } from "../parts/BreakdownList";
import { useLeader } from "../parts/leader";
import { ReportCard } from "../parts/ReportCard";
import { useGeography } from "../report/queries";
import { useReport } from "../report/useReport";
import { placesWithin } from "./listings";

const shown = 10;

/** Regions and cities of the one country that is chosen. */
export function WithinCard({ country }: { country: string }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat();
  const leader = useLeader();
  const query = useGeography(report, shown);
  return (
    <ReportCard
      query={query}
      title={t("analytics.places.within", { country: format.country(country) })}
      sentence={({ data }) => leader("region", placesWithin(data)?.regions)}
      failed={t("analytics.places.failed")}
      csv="/api/v1/analytics/geography"
      csvQuery={{ limit: shown }}
    >
      {({ data }) => {
        const places = placesWithin(data);
        if (places === null) return null;
        return (
          <div className="grid gap-x-8 gap-y-4 md:grid-cols-2">
            <BreakdownList
              headed
              filter="region"
              title={t("analytics.filters.region")}
              listing={places.regions}
            />
            <BreakdownList headed filter="city" title={t("analytics.filters.city")} listing={places.cities} />
          </div>
        );
      }}
    </ReportCard>
  );
}
