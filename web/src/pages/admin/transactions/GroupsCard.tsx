import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { DataTable, type Column } from "@/parts/DataTable";
import { Segmented } from "@/parts/Segmented";
import { AdminCard, CsvButton } from "../parts/AdminCard";
import { useTransactions, type CurrencyTransactions, type TransactionGroupBy } from "../queries";
import { useRange } from "../range";

type Group = NonNullable<CurrencyTransactions["groups"]>[number];

const groupings = ["product", "seller"] as const;
const columnsShown = ["gross", "discounts", "tax", "refunds", "net"] as const;

/** The same money by product or by seller. */
export function GroupsCard({ currency }: { currency: string }) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const [group, setGroup] = useState<TransactionGroupBy>("product");
  const query = useTransactions({ ...range, before: range.first }, group);
  const of = query.data?.currencies.find((known) => known.currency === currency);
  const rest = of?.groups_rest ?? null;
  const money = (minor: number) => format.money(minor, currency);
  const columns: Column<Group>[] = [
    {
      key: "label",
      title: t(`admin.transactions.by.${group}`),
      heading: true,
      cell: ({ label }) => <span translate="no">{label}</span>,
      sortBy: ({ label }) => label,
    },
    {
      key: "count",
      title: t(`admin.transactions.sold.${group}`),
      numeric: true,
      cell: ({ count }) => format.count(count),
      sortBy: ({ count }) => count,
    },
    ...columnsShown.map((column): Column<Group> => ({
      key: column,
      title: t(`admin.transactions.metrics.${column}`),
      numeric: true,
      wide: column !== "net",
      cell: (row) => money(row[`${column}_minor`]),
      sortBy: (row) => row[`${column}_minor`],
    })),
  ];
  return (
    <AdminCard
      query={query}
      title={t("admin.transactions.groupsTitle")}
      sentence={() => format.dates(range.first, range.today)}
      failed={t("admin.transactions.failed")}
      empty={() =>
        of?.groups?.length
          ? null
          : { sentence: t("admin.transactions.none"), why: t("admin.transactions.noneInRange") }
      }
      tools={
        <>
          <Segmented
            small
            label={t("admin.transactions.groupBy")}
            options={groupings.map((value) => ({ value, label: t(`admin.transactions.by.${value}`) }))}
            value={group}
            onChange={setGroup}
          />
          <CsvButton
            path="/api/v1/admin/analytics/transactions"
            query={{ from: range.first, to: range.tomorrow, tz: range.zone, group, currency }}
          />
        </>
      }
    >
      {() => (
        <>
          <DataTable
            caption={t("admin.transactions.groupsTitle")}
            columns={columns}
            rows={of?.groups ?? []}
            rowKey={({ id }) => id}
          />
          {rest !== null && (
            <p className="mt-2 text-ink2">
              {t("admin.transactions.rest", {
                count: rest.groups,
                amount: money(rest.net_minor),
              })}
            </p>
          )}
        </>
      )}
    </AdminCard>
  );
}
