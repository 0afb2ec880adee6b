import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useDemand } from "@/api/market/selling";
import { useFormat } from "@/format/useFormat";
import { ButtonLink } from "@/parts/Button";
import { Card, type CardState } from "@/parts/Card";
import { DataTable } from "@/parts/DataTable";

/** What people would like to have: the products to promote. */
export function Component() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: demand, error, refetch } = useDemand();
  const wishes = demand?.reduce((sum, product) => sum + product.wishes, 0) ?? 0;

  let state: CardState = { kind: "ready" };
  if (demand === undefined) {
    state =
      error === null
        ? { kind: "loading" }
        : { kind: "error", sentence: t("sell.demand.failed"), error, retry: () => void refetch() };
  } else if (wishes === 0) {
    state = {
      kind: "empty",
      sentence: t("sell.demand.none"),
      why: t("sell.demand.noneWhy"),
      action: <ButtonLink to="/sell">{t("sell.promotions.toProducts")}</ButtonLink>,
    };
  }
  return (
    <Card
      title={t("sell.demand.title")}
      sentence={t("sell.demand.sentence", { count: wishes })}
      state={state}
    >
      <DataTable
        caption={t("sell.demand.title")}
        rows={demand ?? []}
        rowKey={({ product_id }) => product_id}
        sort={{ column: "wishes", descending: true }}
        columns={[
          {
            key: "title",
            title: t("sell.products.product"),
            heading: true,
            cell: ({ product_id, title }) => (
              <Link to={`/sell/products/${product_id}`} translate="no" className="text-ink hover:underline">
                {title}
              </Link>
            ),
            sortBy: ({ title }) => title,
          },
          {
            key: "wishes",
            title: t("sell.products.wishes"),
            numeric: true,
            cell: (product) => format.count(product.wishes),
            sortBy: (product) => product.wishes,
          },
          {
            key: "last7",
            title: t("sell.demand.last7"),
            numeric: true,
            cell: ({ wishes_7d }) => format.count(wishes_7d),
            sortBy: ({ wishes_7d }) => wishes_7d,
          },
          {
            key: "sales",
            title: t("sell.products.sales"),
            numeric: true,
            wide: true,
            cell: ({ sales }) => format.count(sales),
            sortBy: ({ sales }) => sales,
          },
          {
            key: "price",
            title: t("sell.products.price"),
            numeric: true,
            wide: true,
            cell: ({ price_minor, currency }) =>
              price_minor === 0 ? t("market.free") : format.money(price_minor, currency),
            sortBy: ({ price_minor }) => price_minor,
          },
        ]}
      />
    </Card>
  );
}
