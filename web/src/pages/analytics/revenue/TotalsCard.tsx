import { useTranslation } from "react-i18next";
import { Card } from "@/parts/Card";
import { DataTable, type Column } from "@/parts/DataTable";
import { SaveButton } from "../parts/CardTools";
import { csvOf } from "../parts/csv";
import type { Projection } from "./queries";
import { useMoney } from "./useMoney";

type Total = Projection["projections"][number];

/** What may come? Three totals, each with its own interval, and what it would be if every day were an average one. */
export function TotalsCard({ projection }: { projection: Projection }) {
  const { t } = useTranslation();
  const money = useMoney(projection.currency);
  const amount = (
    key: "low_minor" | "total_minor" | "high_minor" | "flat_minor",
    title: string,
  ): Column<Total> => ({
    key,
    title,
    numeric: true,
    wide: key === "flat_minor",
    cell: ({ [key]: value }) => {
      const written = value === null ? "–" : money(value);
      return key === "total_minor" ? (
        <b className="font-semibold">{written}</b>
      ) : (
        <span className="text-ink2">{written}</span>
      );
    },
  });
  const columns: Column<Total>[] = [
    {
      key: "days",
      title: t("analytics.revenue.fromToday"),
      heading: true,
      cell: ({ days }) => (
        <span className="whitespace-nowrap">{t("analytics.revenue.days", { count: days })}</span>
      ),
    },
    amount("low_minor", t("analytics.revenue.atLeast")),
    amount("total_minor", t("analytics.revenue.projected")),
    amount("high_minor", t("analytics.revenue.atMost")),
    amount("flat_minor", t("analytics.revenue.flat")),
  ];
  return (
    <Card
      title={t("analytics.revenue.totals")}
      sentence={t("analytics.revenue.totalsSentence")}
      tools={
        <SaveButton
          name="revenue-projected"
          file={() =>
            csvOf([
              ["days", "until", "currency", "low_minor", "total_minor", "high_minor", "flat_minor"],
              ...projection.projections.map(
                ({ days, until, low_minor, total_minor, high_minor, flat_minor }) => [
                  days,
                  until,
                  projection.currency,
                  low_minor,
                  total_minor,
                  high_minor,
                  flat_minor,
                ],
              ),
            ])
          }
        />
      }
    >
      <DataTable
        caption={t("analytics.revenue.totals")}
        columns={columns}
        rows={projection.projections}
        rowKey={({ days }) => days}
      />
      <p className="mt-3 text-12 text-ink2">{t("analytics.revenue.surer")}</p>
    </Card>
  );
}
