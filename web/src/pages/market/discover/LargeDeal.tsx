import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ProductCard } from "@/api/market/products";
import { useFormat } from "@/format/useFormat";
import { Countdown } from "@/parts/shop/Countdown";
import { Price } from "@/parts/shop/Price";
import { ProductCover } from "@/parts/shop/ProductCover";
import { PromoBadge } from "@/parts/shop/PromoBadge";
import { Rating } from "@/parts/shop/Rating";
import { CartButton } from "../parts/CartButton";
import { Heart } from "../parts/Heart";
import { Preview } from "../parts/Preview";
import { useAskAgain } from "../parts/ProductTile";

/** The first deal to end, with preview and price. */
export function LargeDeal({ product }: { product: ProductCard }) {
  const { t } = useTranslation();
  const { money } = useFormat();
  const askAgain = useAskAgain();
  const { promotion } = product;
  return (
    <article className="flex h-full flex-col gap-4 rounded-8 border bg-surface p-3 sm:flex-row sm:gap-5">
      <div className="relative w-full shrink-0 sm:w-1/2 xl:w-[17.25rem]">
        <ProductCover product={product} className="w-full rounded-8" />
        {promotion !== null && (
          <span className="absolute top-2 left-2">
            <PromoBadge percent={promotion.discount_percent} />
          </span>
        )}
        <Heart product={product} className="absolute top-2 right-2" />
      </div>
      <div className="flex min-w-0 grow flex-col gap-1">
        <h3 translate="no" className="line-clamp-2 text-20 font-semibold">
          <Link to={`/market/products/${product.id}`} className="text-ink no-underline hover:underline">
            {product.title}
          </Link>
        </h3>
        <p translate="no" className="truncate text-ink2">
          {product.seller_name}
        </p>
        <Rating rating={product.rating} />
        <p className="text-12 text-ink3">{t(`market.kind.${product.kind}`)}</p>
        {product.track_id !== null && <Preview trackId={product.track_id} />}
        <div className="mt-auto flex flex-col items-start pt-2">
          {promotion !== null && (
            <Countdown until={promotion.ends_at} units={3} onEnd={askAgain} className="text-promo" />
          )}
          <Price product={product} large />
          {product.lowest_30d_minor !== null && (
            <p className="text-12 text-ink3">
              {t("market.lowest30d", { price: money(product.lowest_30d_minor, product.currency) })}
            </p>
          )}
        </div>
        <CartButton product={product} />
      </div>
    </article>
  );
}
