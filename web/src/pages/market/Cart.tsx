import { X } from "lucide-react";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useProductsById, type Product } from "@/api/market/products";
import { ApiProblem } from "@/api/problem";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button, ButtonLink, IconButton } from "@/parts/Button";
import { Notice } from "@/parts/Notice";
import { Price } from "@/parts/shop/Price";
import { ProductCover } from "@/parts/shop/ProductCover";
import { PromoBadge } from "@/parts/shop/PromoBadge";
import { Shelf } from "@/parts/Shelf";
import { SkeletonRows } from "@/parts/Skeleton";
import { removeFromCart, useCart } from "./cart";
import { checkoutAddress } from "./checkout/address";

const isGone = (error: unknown) => error instanceof ApiProblem && error.status === 404;

/** What is in the cart, split by seller: each is an order of its own. */
export function Component() {
  const { t } = useTranslation();
  const words = useProblemWords();
  const ids = useCart();
  const queries = useProductsById(ids);
  const gone = ids.filter((_, index) => isGone(queries[index]?.error));
  const failed = queries.find(({ error }) => error !== null && !isGone(error));
  const products = queries.flatMap(({ data }) => data ?? []);
  const sellers = [...new Set(products.map(({ seller_id }) => seller_id))];

  if (ids.length === 0) {
    return (
      <Shelf title={t("market.cart.title")}>
        <div className="flex flex-col items-start gap-4 text-ink2">
          <p>{t("market.cart.none")}</p>
          <ButtonLink to="/market">{t("market.showEverything")}</ButtonLink>
        </div>
      </Shelf>
    );
  }
  return (
    <Shelf
      title={t("market.cart.title")}
      sentence={
        sellers.length > 1 ? t("market.cart.orders", { count: sellers.length }) : t("market.beforeTax")
      }
    >
      <div className="flex max-w-3xl flex-col gap-4">
        {gone.length > 0 && (
          <Notice
            kind="warning"
            title={t("market.cart.gone", { count: gone.length })}
            actions={<Button onClick={() => removeFromCart(...gone)}>{t("market.cart.removeGone")}</Button>}
          />
        )}
        {failed !== undefined && (
          <Notice
            kind="danger"
            title={words(failed.error).text}
            actions={
              <Button onClick={() => queries.forEach(({ error, refetch }) => error && void refetch())}>
                {t("common.tryAgain")}
              </Button>
            }
          />
        )}
        {sellers.map((seller) => (
          <SellersPart key={seller} products={products.filter(({ seller_id }) => seller_id === seller)} />
        ))}
        {queries.some(({ isPending }) => isPending) && <SkeletonRows rows={3} />}
      </div>
    </Shelf>
  );
}

function SellersPart({ products }: { products: readonly Product[] }) {
  const { t } = useTranslation();
  const { money } = useFormat();
  const titleId = useId();
  const [first] = products;
  if (first === undefined) return null;
  const buyable = products.filter(({ state }) => state === "published");
  const subtotal = buyable.reduce((sum, { payable_minor }) => sum + payable_minor, 0);
  return (
    <section aria-labelledby={titleId} className="rounded-8 border bg-surface">
      <h3 id={titleId} translate="no" className="px-4 pt-4 font-semibold">
        {first.seller_name}
      </h3>
      <ul className="divide-y px-4">
        {products.map((product) => (
          <li key={product.id} className="flex items-center gap-3 py-3">
            <ProductCover product={product} className="size-14 shrink-0 rounded-8" />
            <div className="min-w-0 grow">
              <Link
                to={`/market/products/${product.id}`}
                translate="no"
                className="line-clamp-2 font-semibold text-ink hover:underline"
              >
                {product.title}
              </Link>
              <p className="text-12 text-ink3">
                {product.state === "published" ? t(`market.kind.${product.kind}`) : t("market.notForSale")}
              </p>
            </div>
            {product.promotion !== null && <PromoBadge small percent={product.promotion.discount_percent} />}
            <Price product={product} stacked />
            <IconButton
              icon={X}
              label={t("market.cart.remove", { title: product.title })}
              onClick={() => removeFromCart(product.id)}
            />
          </li>
        ))}
      </ul>
      <footer className="flex flex-wrap items-center justify-end gap-4 border-t p-4">
        <p>
          <span className="text-ink2">{t("market.checkout.subtotal")} </span>
          <b className="font-semibold tabular-nums">{money(subtotal, first.currency)}</b>
        </p>
        {buyable.length > 0 && (
          <ButtonLink look="primary" to={checkoutAddress(buyable.map(({ id }) => id))}>
            {t("market.cart.checkout")}
          </ButtonLink>
        )}
      </footer>
    </section>
  );
}
