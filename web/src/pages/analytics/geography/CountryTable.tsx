import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { DataTable, type Column } from "@/parts/DataTable";
import { unknown } from "../report/filters";
import type { Entry, Geography, Rest } from "../report/queries";
import { useReport } from "../report/useReport";
import { useValueName } from "../report/words";

interface Row {
  /** A code, `unknown`, or null for the others. */
  key: string | null;
  name: string;
  plays: number;
  listeners: number | null;
  share: number;
}

/** Countries that are listed before the others are asked for. */
const shownAtFirst = 20;

interface CountryTableProps {
  geography: Geography;
  lit: string | null;
  onPoint: (code: string | null) => void;
}

/** Every country with its plays and listeners; with the others and the unknown the total adds up. */
export function CountryTable({ geography, lit, onPoint }: CountryTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useValueName();
  const { hrefOfFilter, hrefOfPlays } = useReport();
  const [whole, setWhole] = useState(false);
  const { unknown: placeless, total } = geography;
  const countries = whole ? geography.countries : geography.countries.slice(0, shownAtFirst);
  const rest = sumOf(geography.rest, whole ? [] : geography.countries.slice(shownAtFirst));
  const all = total.plays ?? 0;
  const shareOf = (plays: number) => (all > 0 ? plays / all : 0);

  const rows: Row[] = countries.map(({ key, plays, listeners, share }) => ({
    key,
    name: format.country(key),
    plays,
    listeners,
    share,
  }));
  const tail: Row[] = [
    {
      key: null,
      name: t("analytics.breakdown.others", { count: rest.count ?? 0 }),
      plays: rest.plays ?? 0,
      listeners: rest.listeners,
      share: shareOf(rest.plays ?? 0),
    },
    {
      key: unknown,
      name: nameOf("country", unknown),
      plays: placeless.plays ?? 0,
      listeners: placeless.listeners,
      share: shareOf(placeless.plays ?? 0),
    },
  ].filter(({ plays }) => plays > 0);
  const largest = Math.max(1, ...rows.map(({ plays }) => plays));
  const isTail = ({ key }: Row) => key === null || key === unknown;

  const columns: Column<Row>[] = [
    {
      key: "country",
      title: t("analytics.filters.country"),
      heading: true,
      cell: (row) => (
        <span
          className="relative -ml-2 flex h-7 items-center pl-2 font-normal"
          onPointerEnter={() => onPoint(row.key)}
          onPointerLeave={() => onPoint(null)}
        >
          <span
            aria-hidden
            className={`absolute inset-y-px left-0 rounded-4 ${isTail(row) ? "bg-bar-rest" : "bg-bar"}`}
            style={{ width: `${Math.min(100, (row.plays / largest) * 100)}%` }}
          />
          {row.key === null ? (
            <span className="relative text-ink2">{row.name}</span>
          ) : (
            <Link
              to={hrefOfFilter({ name: "country", value: row.key })}
              title={t("analytics.breakdown.only", { name: row.name })}
              preventScrollReset
              className={`relative truncate hover:underline ${isTail(row) ? "text-ink2" : "text-ink"} ${lit === row.key ? "font-semibold" : ""}`}
            >
              {row.name}
            </Link>
          )}
        </span>
      ),
      sortBy: (row) => (isTail(row) ? null : row.name),
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
      cell: ({ key, name, plays }) =>
        key === null ? (
          format.count(plays)
        ) : (
          <Link
            to={hrefOfPlays({ country: key })}
            aria-label={t("analytics.breakdown.playsOf", { name, count: plays })}
            className="font-medium text-ink hover:underline"
          >
            {format.count(plays)}
          </Link>
        ),
      sortBy: (row) => (isTail(row) ? null : row.plays),
    },
    {
      key: "listeners",
      title: t("analytics.metrics.listeners"),
      numeric: true,
      cell: ({ listeners }) =>
        listeners === null ? "–" : <span className="text-ink2">{format.count(listeners)}</span>,
      sortBy: (row) => (isTail(row) ? null : row.listeners),
    },
  ];
  return (
    <>
      <DataTable
        caption={t("analytics.places.byCountry")}
        columns={columns}
        rows={[...rows, ...tail]}
        rowKey={({ key }) => key ?? "others"}
        sort={{ column: "plays", descending: true }}
        totals={[
          t("analytics.columns.total"),
          format.percent(1, 1),
          format.count(all),
          total.listeners === null ? "–" : format.count(total.listeners),
        ]}
      />
      {!whole && geography.countries.length > shownAtFirst && (
        <div className="mt-2">
          <Button look="quiet" className="-ml-3" onClick={() => setWhole(true)}>
            {t("analytics.places.all", { count: geography.countries.length })}
          </Button>
        </div>
      )}
    </>
  );
}

/** The others together with those that are not listed; how many listeners they have in all, only the API could say. */
function sumOf(rest: Rest, left: readonly Entry[]): Rest {
  if (left.length === 0) return rest;
  return {
    count: (rest.count ?? 0) + left.length,
    plays: left.reduce((sum, { plays }) => sum + plays, rest.plays ?? 0),
    listeners: null,
  };
}
