import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Card } from "@/parts/Card";
import { ProjectionChart, type ProjectionDay } from "@/parts/charts/ProjectionChart";
import { DataTable, type Column } from "@/parts/DataTable";
import { CsvButton, TableSwitch } from "../parts/CardTools";
import type { ReportQuery } from "../report/queries";
import { useReport } from "../report/useReport";
import { projectionParameters, type Projection, type ProjectionMeta } from "./queries";
import { useMoney } from "./useMoney";
import { useProjectionState } from "./useRevenueState";

/** Four totals in words over the days that they come from. */
export function ProjectionPanel({ query }: { query: ReportQuery<Projection, ProjectionMeta> }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const [asTable, setAsTable] = useState(false);
  const state = useProjectionState(query);
  const projection = query.data?.data;
  const isClamped =
    projection?.projections.some(({ clamped }) => clamped) || projection?.days.some(({ clamped }) => clamped);
  return (
    <Card
      title={t("analytics.revenue.title")}
      sentence={t("analytics.revenue.sentence")}
      state={state}
      tools={
        <>
          <TableSwitch asTable={asTable} onChange={setAsTable} />
          <CsvButton path="/api/v1/analytics/revenue/projection" query={projectionParameters(report)} />
        </>
      }
      skeleton={
        <div className="h-96 rounded-8 bg-skeleton2" role="status" aria-label={t("states.loading")} />
      }
      foot={
        <span className="py-2 text-12 font-normal text-ink2">
          {t("analytics.revenue.todayOpen")}
          {isClamped && ` ${t("analytics.revenue.clamped")}`}
        </span>
      }
    >
      {projection !== undefined && (
        <>
          <Totals projection={projection} />
          {asTable ? <DaysTable projection={projection} /> : <Chart projection={projection} />}
        </>
      )}
    </Card>
  );
}

function Totals({ projection }: { projection: Projection }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const money = useMoney(projection.currency);
  const past = projection.days.filter(({ net_minor }) => net_minor !== null);
  const [first, last] = [past[0]?.date, past.at(-1)?.date];
  return (
    <dl className="mb-4 grid grid-cols-2 rounded-8 border *:p-3 *:max-lg:odd:border-r *:max-lg:nth-[-n+2]:border-b lg:grid-cols-4 lg:*:border-r lg:*:p-4 lg:*:last:border-r-0">
      <Total
        name={t("analytics.revenue.last", { count: past.length })}
        hint={first !== undefined && last !== undefined ? format.dates(first, last) : undefined}
        value={projection.net_minor === null ? "–" : money(projection.net_minor)}
      >
        {t("analytics.revenue.net")}{" "}
        {projection.net_minor !== null &&
          past.length > 0 &&
          t("analytics.revenue.average", { amount: money(Math.round(projection.net_minor / past.length)) })}
      </Total>
      {projection.projections.map(({ days, until, total_minor, low_minor, high_minor }) => (
        <Total
          key={days}
          name={t("analytics.revenue.next", { count: days })}
          hint={t("analytics.revenue.until", { date: format.date(until) })}
          value={total_minor === null ? "–" : money(total_minor)}
        >
          {low_minor !== null &&
            high_minor !== null &&
            t("analytics.revenue.between", {
              low: money(low_minor),
              high: money(high_minor),
              certainty: format.percent(0.95),
            })}
        </Total>
      ))}
    </dl>
  );
}

interface TotalProps {
  name: string;
  hint: string | undefined;
  value: string;
  children: ReactNode;
}

function Total({ name, hint, value, children }: TotalProps) {
  return (
    <div className="min-w-0">
      <dt className="text-ink2">
        {name}
        {hint !== undefined && <span className="text-12 text-ink3 max-lg:block lg:ml-1.5">{hint}</span>}
      </dt>
      <dd>
        <span className="text-20 font-semibold tabular-nums lg:text-28">{value}</span>
        <p className="mt-1 text-12 text-ink2">{children}</p>
      </dd>
    </div>
  );
}

const drawn = ({ date, net_minor, fitted_minor, low_minor, high_minor }: Projection["days"][number]) => ({
  date,
  net: net_minor,
  fitted: fitted_minor,
  low: low_minor,
  high: high_minor,
});

function Chart({ projection }: { projection: Projection }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const money = useMoney(projection.currency);
  const past = projection.days.filter(({ net_minor }) => net_minor !== null).length;
  const amount = (words: "was" | "trend" | "projected", value: number | null) =>
    value !== null && (
      <p className="flex justify-between gap-4">
        {t(`analytics.revenue.tooltip.${words}`)}
        <span>{money(value)}</span>
      </p>
    );
  const tooltip = ({ date, net, fitted, low, high }: ProjectionDay) => (
    <>
      <p className="font-semibold">{format.weekday(date)}</p>
      {amount("was", net)}
      {amount(net === null ? "projected" : "trend", fitted)}
      {net === null && low !== null && high !== null && (
        <p className="text-on-tooltip2">
          {t("analytics.revenue.tooltip.between", { low: money(low), high: money(high) })}
        </p>
      )}
    </>
  );
  return (
    <>
      <ul className="flex flex-wrap gap-x-6 gap-y-1 text-12 text-ink2">
        <Sign look="h-3 w-2 bg-series1/40">{t("analytics.revenue.legend.net")}</Sign>
        <Sign look="w-5 border-t-2 border-series1">{t("analytics.revenue.legend.trend")}</Sign>
        <Sign look="w-5 border-t-2 border-dashed border-series1">
          {t("analytics.revenue.legend.projection")}
        </Sign>
        <Sign look="h-3 w-5 bg-series1/15">
          {t("analytics.revenue.legend.band", { certainty: format.percent(0.95) })}
        </Sign>
        <Sign look="size-1.5 rounded-full border border-ctl">
          {t("analytics.revenue.legend.zero", { amount: money(0) })}
        </Sign>
      </ul>
      <ProjectionChart
        label={t("analytics.revenue.chart")}
        days={projection.days.map(drawn)}
        marks={projection.projections.map(({ days }) => ({
          days,
          label: t("analytics.revenue.days", { count: days }),
        }))}
        past={t("analytics.revenue.past", { count: past })}
        future={t("analytics.revenue.future")}
        axis={money}
        date={format.day}
        tooltip={tooltip}
      />
    </>
  );
}

function Sign({ look, children }: { look: string; children: ReactNode }) {
  return (
    <li className="flex items-center gap-2">
      <span aria-hidden className={look} />
      {children}
    </li>
  );
}

type Day = Projection["days"][number];

function DaysTable({ projection }: { projection: Projection }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const money = useMoney(projection.currency);
  const amount = (
    key: "net_minor" | "fitted_minor" | "low_minor" | "high_minor",
    title: string,
  ): Column<Day> => ({
    key,
    title,
    numeric: true,
    wide: key === "low_minor" || key === "high_minor",
    cell: ({ [key]: value }) => (value === null ? <span className="text-ink3">{"–"}</span> : money(value)),
    sortBy: ({ [key]: value }) => value,
  });
  const columns: Column<Day>[] = [
    {
      key: "date",
      title: t("analytics.buckets.day"),
      heading: true,
      cell: ({ date }) => format.date(date),
      sortBy: ({ date }) => date,
    },
    amount("net_minor", t("analytics.figures.revenue")),
    amount("fitted_minor", t("analytics.revenue.legend.trend")),
    amount("low_minor", t("analytics.revenue.atLeast")),
    amount("high_minor", t("analytics.revenue.atMost")),
  ];
  return (
    <div className="max-h-96 overflow-y-auto">
      <DataTable
        caption={t("analytics.revenue.chart")}
        columns={columns}
        rows={projection.days}
        rowKey={({ date }) => date}
      />
    </div>
  );
}
