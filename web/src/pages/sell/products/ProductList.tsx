import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useOwnProducts, type OwnProduct } from "@/api/market/selling";
import { useFormat } from "@/format/useFormat";
import { ButtonLink } from "@/parts/Button";
import { Card, type CardState } from "@/parts/Card";
import { DataTable, type Column } from "@/parts/DataTable";
import { Price } from "@/parts/shop/Price";
import { ProductCover } from "@/parts/shop/ProductCover";
import { StateBadge } from "./StateBadge";

/** What one sells: price, sales, wishes, rating. */
export function Component() {
  const { t } = useTranslation();
  const { data: products, error, refetch } = useOwnProducts();
  const columns = useColumns();

  let state: CardState = { kind: "ready" };
  if (products === undefined) {
    state =
      error === null
        ? { kind: "loading" }
        : { kind: "error", sentence: t("sell.products.failed"), error, retry: () => void refetch() };
  } else if (products.length === 0) {
    state = {
      kind: "empty",
      sentence: t("sell.products.none"),
      why: t("sell.products.noneWhy"),
      action: (
        <ButtonLink to="/sell/new" look="primary" icon={Plus}>
          {t("sell.products.addFirst")}
        </ButtonLink>
      ),
    };
  }
  const drafts = products?.filter((product) => product.state === "draft").length ?? 0;
  return (
    <Card
      title={t("sell.products.title")}
      sentence={
        drafts > 0
          ? t("sell.products.withDrafts", { count: products?.length ?? 0, drafts })
          : t("sell.products.all", { count: products?.length ?? 0 })
      }
      state={state}
    >
      <DataTable
        caption={t("sell.products.title")}
        columns={columns}
        rows={products ?? []}
        rowKey={({ id }) => id}
      />
    </Card>
  );
}

function useColumns(): Column<OwnProduct>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [
    {
      key: "title",
      title: t("sell.products.product"),
      heading: true,
      cell: (product) => (
        <span className="flex items-center gap-2">
          <Link
            to={`/sell/products/${product.id}`}
            translate="no"
            className="flex items-center gap-2 text-ink hover:underline"
          >
            <ProductCover product={product} className="size-5 shrink-0 rounded-4!" />
            {product.title}
          </Link>
          <StateBadge state={product.state} />
        </span>
      ),
      sortBy: ({ title }) => title,
    },
    {
      key: "kind",
      title: t("sell.products.kind"),
      wide: true,
      cell: ({ kind }) => t(`market.kind.${kind}`),
      sortBy: ({ kind }) => kind,
    },
    {
      key: "price",
      title: t("sell.products.price"),
      numeric: true,
      cell: (product) => <Price product={product} />,
      sortBy: ({ payable_minor }) => payable_minor,
    },
    {
      key: "sales",
      title: t("sell.products.sales"),
      numeric: true,
      cell: ({ sales }) => format.count(sales),
      sortBy: ({ sales }) => sales,
    },
    {
      key: "wishes",
      title: t("sell.products.wishes"),
      numeric: true,
      wide: true,
      cell: ({ wishes }) => format.count(wishes),
      sortBy: ({ wishes }) => wishes,
    },
    {
      key: "rating",
      title: t("sell.products.rating"),
      numeric: true,
      wide: true,
      cell: ({ rating }) =>
        rating === null ? (
          <span className="text-ink3">{t("sell.products.notRated")}</span>
        ) : (
          <span title={t("market.fromBuyers", { count: rating.count })}>
            {format.decimal(rating.average, 1)}
          </span>
        ),
      sortBy: ({ rating }) => rating?.average ?? null,
    },
  ];
}
