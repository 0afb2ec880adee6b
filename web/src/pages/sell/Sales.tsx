import { useTranslation } from "react-i18next";
import { useZone } from "@/api/account";
import { useSales, type Sale } from "@/api/market/selling";
import { useFormat } from "@/format/useFormat";
import { Button, ButtonLink } from "@/parts/Button";
import { Card, type CardState } from "@/parts/Card";
import { DataTable, type Column } from "@/parts/DataTable";

/** Each line that was sold: what was paid, and what of it is tax. */
export function Component() {
  const { t } = useTranslation();
  const zone = useZone();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useSales();
  const sales = data?.pages.flatMap((page) => page.data) ?? [];
  const columns = useColumns(zone);

  let state: CardState = { kind: "ready" };
  if (data === undefined) {
    state =
      error === null
        ? { kind: "loading" }
        : { kind: "error", sentence: t("sell.sales.failed"), error, retry: () => void refetch() };
  } else if (sales.length === 0) {
    state = {
      kind: "empty",
      sentence: t("sell.sales.none"),
      why: t("sell.sales.noneWhy"),
      action: <ButtonLink to="/sell">{t("sell.promotions.toProducts")}</ButtonLink>,
    };
  }
  return (
    <Card
      title={t("sell.sales.title")}
      sentence={t(hasNextPage ? "sell.sales.shown" : "sell.sales.all", { count: sales.length, zone })}
      state={state}
    >
      <DataTable
        caption={t("sell.sales.title")}
        columns={columns}
        rows={sales}
        rowKey={({ item_id }) => item_id}
      />
      {hasNextPage && (
        <Button className="mt-4" pending={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("market.more")}
        </Button>
      )}
    </Card>
  );
}

function useColumns(zone: string): Column<Sale>[] {
  const { t } = useTranslation();
  const format = useFormat(zone);
  return [
    {
      key: "at",
      title: t("sell.sales.at"),
      cell: ({ paid_at }) => <span className="whitespace-nowrap">{format.dateTime(paid_at)}</span>,
    },
    {
      key: "title",
      title: t("sell.products.product"),
      heading: true,
      cell: ({ title }) => <span translate="no">{title}</span>,
    },
    {
      key: "country",
      title: t("sell.sales.country"),
      wide: true,
      cell: ({ tax_country }) => format.country(tax_country),
    },
    {
      key: "discount",
      title: t("sell.sales.discount"),
      numeric: true,
      wide: true,
      cell: ({ discount_percent }) =>
        discount_percent === 0 ? null : format.percent(-discount_percent / 100),
    },
    {
      key: "tax",
      title: t("sell.sales.tax"),
      numeric: true,
      wide: true,
      cell: ({ tax_minor, currency }) => format.money(tax_minor, currency),
    },
    {
      key: "refunded",
      title: t("sell.sales.refunded"),
      numeric: true,
      wide: true,
      cell: ({ refunded_minor, currency }) =>
        refunded_minor === 0 ? null : format.money(-refunded_minor, currency),
    },
    {
      key: "net",
      title: t("sell.sales.net"),
      numeric: true,
      cell: ({ earned_minor, currency }) => format.money(earned_minor, currency),
    },
  ];
}
