import { useState } from "react";
import { useTranslation } from "react-i18next";
import { TableSwitch } from "../parts/CardTools";
import { BreakdownList } from "../parts/BreakdownList";
import { useLeader } from "../parts/leader";
import { ReportCard } from "../parts/ReportCard";
import { everything, useGeography } from "../report/queries";
import { useReport } from "../report/useReport";
import { CountryMap } from "./CountryMap";
import { countriesOf } from "./listings";

const shownOfTable = 11;
const shownUnderMap = 3;

/** Where do people listen? The map, and the first countries under it. */
export function PlacesCard({ className }: { className?: string }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const leader = useLeader();
  const [asTable, setAsTable] = useState(false);
  const query = useGeography(report, everything);
  const total = query.data?.data.countries.length ?? 0;
  return (
    <ReportCard
      query={query}
      title={t("analytics.places.title")}
      sentence={({ data }) => leader("country", countriesOf(data))}
      failed={t("analytics.places.failed")}
      csv="/api/v1/analytics/geography"
      csvQuery={{ limit: everything }}
      tools={<TableSwitch asTable={asTable} onChange={setAsTable} />}
      more={{ to: "geography", label: t("analytics.places.all", { count: total }) }}
      aside={({ data }) =>
        data.unknown.plays ? t("analytics.places.unknown", { count: data.unknown.plays }) : null
      }
      className={className}
    >
      {({ data }) => {
        const countries = countriesOf(data);
        return (
          <div className="flex flex-col gap-2">
            {!asTable && <CountryMap countries={countries} />}
            <BreakdownList
              filter="country"
              title={t("analytics.filters.country")}
              listing={asTable ? countries : withoutTail(countries)}
              most={asTable ? shownOfTable : shownUnderMap}
            />
          </div>
        );
      }}
    </ReportCard>
  );
}

/** Under the map the others and the unknown are said by the foot. */
function withoutTail(countries: ReturnType<typeof countriesOf>): ReturnType<typeof countriesOf> {
  return {
    ...countries,
    entries: countries.entries.slice(0, shownUnderMap),
    rest: { count: 0, plays: 0, listeners: 0 },
    unknown: { plays: 0, listeners: 0 },
  };
}
