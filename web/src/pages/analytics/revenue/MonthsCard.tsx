import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Card } from "@/parts/Card";
import { DataTable, type Column } from "@/parts/DataTable";
import { SkeletonRows } from "@/parts/Skeleton";
import { CsvButton } from "../parts/CardTools";
import type { ReportQuery } from "../report/queries";
import { useReport } from "../report/useReport";
import { monthsParameters, type Revenue, type RevenueMeta } from "./queries";
import { useMoney } from "./useMoney";
import { useRevenueState } from "./useRevenueState";

type Month = Revenue["buckets"][number];

/** What did each month bring? Those before the first order are left out. */
export function MonthsCard({ query }: { query: ReportQuery<Revenue, RevenueMeta> }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const state = useRevenueState(query);
  const revenue = query.data?.data;
  const money = useMoney(revenue?.currency ?? null);
  const sold = revenue?.buckets.findIndex(({ orders }) => Boolean(orders)) ?? -1;
  const months = sold < 0 ? [] : (revenue?.buckets.slice(sold) ?? []);
  const best = months
    .filter(({ complete, partial }) => complete && !partial)
    .toSorted((a, b) => (b.net_minor ?? 0) - (a.net_minor ?? 0))[0];
  const amount = (
    key: "sold_minor" | "refunded_minor" | "net_minor",
    title: string,
    wide = false,
  ): Column<Month> => ({
    key,
    title,
    numeric: true,
    wide,
    cell: ({ [key]: value }) => (value === null ? "–" : money(value)),
    sortBy: ({ [key]: value }) => value,
  });
  const columns: Column<Month>[] = [
    {
      key: "month",
      title: t("analytics.buckets.month"),
      heading: true,
      cell: ({ start, complete }) => (
        <>
          {format.month(start)}
          {!complete && (
            <span className="ml-2 text-12 font-normal text-ink3">{t("analytics.revenue.soFar")}</span>
          )}
        </>
      ),
      sortBy: ({ start }) => Date.parse(start),
    },
    {
      key: "orders",
      title: t("analytics.revenue.orders"),
      numeric: true,
      cell: ({ orders }) => (orders === null ? "–" : format.count(orders)),
      sortBy: ({ orders }) => orders,
    },
    amount("sold_minor", t("analytics.revenue.sold"), true),
    amount("refunded_minor", t("analytics.revenue.refunded"), true),
    amount("net_minor", t("analytics.revenue.netColumn")),
  ];
  const total = revenue?.total;
  return (
    <Card
      title={t("analytics.revenue.months")}
      sentence={
        best === undefined
          ? t("analytics.revenue.noWholeMonth")
          : t("analytics.revenue.bestMonth", { month: format.month(best.start) })
      }
      state={state}
      skeleton={<SkeletonRows rows={6} />}
      tools={<CsvButton path="/api/v1/analytics/revenue" query={monthsParameters(report)} />}
    >
      {total !== undefined && (
        <DataTable
          caption={t("analytics.revenue.months")}
          columns={columns}
          rows={months}
          rowKey={({ start }) => start}
          totals={[
            t("analytics.columns.total"),
            total.orders === null ? "–" : format.count(total.orders),
            ...[total.sold_minor, total.refunded_minor, total.net_minor].map((value) =>
              value === null ? "–" : money(value),
            ),
          ]}
        />
      )}
    </Card>
  );
}
