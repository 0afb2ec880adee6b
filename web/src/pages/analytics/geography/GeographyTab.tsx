import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Card } from "@/parts/Card";
import { ReportCard } from "../parts/ReportCard";
import { useLeader } from "../parts/leader";
import { everything, useGeography } from "../report/queries";
import type { Report } from "../report/report";
import { useReport } from "../report/useReport";
import { CountryMap } from "./CountryMap";
import { CountryTable } from "./CountryTable";
import { countriesOf } from "./listings";
import { WithinCard } from "./WithinCard";

/** Map and table side by side; one country more closely below. */
export function Component() {
  const { t } = useTranslation();
  const { report } = useReport();
  const leader = useLeader();
  const [pointed, setPointed] = useState<string | null>(null);
  const chosen = onlyCountry(report);
  // The map keeps showing the world around a chosen country.
  const query = useGeography(anywhere(report), everything);
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,848fr)_minmax(0,456fr)]">
      <div className="flex min-w-0 flex-col gap-4">
        <ReportCard
          query={query}
          title={t("analytics.places.title")}
          sentence={({ data }) => leader("country", countriesOf(data))}
          failed={t("analytics.places.failed")}
          csv="/api/v1/analytics/geography"
          csvQuery={{ limit: everything }}
          skeleton={<div className="aspect-[816/400] w-full rounded-8 bg-skeleton2" />}
        >
          {({ data }) => (
            <CountryMap
              wide
              countries={countriesOf(data)}
              zoomed={chosen}
              lit={pointed ?? chosen}
              onPoint={setPointed}
            />
          )}
        </ReportCard>
        {chosen === null ? <ChooseCountry /> : <WithinCard country={chosen} />}
      </div>
      <ReportCard
        query={query}
        title={t("analytics.places.byCountry")}
        sentence={({ data }) =>
          t("analytics.places.byCountrySentence", {
            plays: t("analytics.phrases.plays", { count: data.total.plays ?? 0 }),
            listeners: t("analytics.phrases.listeners", { count: data.total.listeners ?? 0 }),
          })
        }
        failed={t("analytics.places.failed")}
        csv="/api/v1/analytics/geography"
        csvQuery={{ limit: everything }}
        note={t("analytics.places.notGuessed")}
        aside={() => <PlaceData />}
      >
        {({ data }) => <CountryTable geography={data} lit={pointed ?? chosen} onPoint={setPointed} />}
      </ReportCard>
    </div>
  );
}

/** What will be here. */
function ChooseCountry() {
  const { t } = useTranslation();
  return (
    <Card title={t("analytics.places.withinAny")} sentence={t("analytics.places.choose")}>
      {null}
    </Card>
  );
}

/** Whose data say where an address is. */
function PlaceData() {
  const { t } = useTranslation();
  return (
    <a
      href="https://db-ip.com"
      rel="noreferrer"
      target="_blank"
      className="whitespace-nowrap text-accent hover:underline"
    >
      {t("analytics.places.attribution")}
    </a>
  );
}

function onlyCountry({ filters }: Report): string | null {
  const [country, ...more] = filters.country ?? [];
  return country !== undefined && more.length === 0 && country !== "unknown" ? country : null;
}

function anywhere(report: Report): Report {
  const { country: _, region: __, city: ___, ...filters } = report.filters;
  return { ...report, filters };
}
