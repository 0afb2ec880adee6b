import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ProductCard } from "@/api/market/products";
import { Countdown } from "@/parts/shop/Countdown";
import { Price } from "@/parts/shop/Price";
import { ProductCover } from "@/parts/shop/ProductCover";
import { PromoBadge } from "@/parts/shop/PromoBadge";
import { Heart } from "./Heart";

/** Once a promotion is over every price on the page may be another. */
export function useAskAgain(): () => void {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ queryKey: ["market"] });
}

interface ProductTileProps {
  product: ProductCard;
  /** What stands at the right of the second line; the kind unless told, the list price under a promotion. */
  note?: ReactNode;
}

/** A cover that leads to its product, with badge, heart and countdown on it. */
export function ProductTile({ product, note }: ProductTileProps) {
  const { t } = useTranslation();
  const askAgain = useAskAgain();
  const { promotion } = product;
  return (
    <article className="group relative">
      <div className="relative">
        <ProductCover product={product} className="w-full rounded-8" />
        {promotion !== null && (
          <>
            <span className="absolute top-2 left-2">
              <PromoBadge percent={promotion.discount_percent} />
            </span>
            <Countdown
              until={promotion.ends_at}
              onEnd={askAgain}
              className="absolute bottom-2 left-2 h-6 rounded-4 bg-veil px-2 font-medium text-on-veil"
            />
          </>
        )}
      </div>
      <div className="mt-3 flex justify-between gap-2">
        <h3 translate="no" className="truncate font-semibold">
          <Link
            to={`/market/products/${product.id}`}
            className="text-ink no-underline group-hover:underline after:absolute after:inset-0 after:rounded-8"
          >
            {product.title}
          </Link>
        </h3>
        <Price product={product} stacked={promotion !== null} />
      </div>
      <p className={`flex justify-between gap-2 ${promotion === null ? "" : "-mt-5 pr-20"}`}>
        <span translate="no" className="truncate text-ink2">
          {product.seller_name}
        </span>
        {promotion === null && (
          <span className="shrink-0 text-12 leading-5 text-ink3">
            {note ?? t(`market.kind.${product.kind}`)}
          </span>
        )}
      </p>
      {/* Above the link that covers the tile. */}
      <Heart product={product} className="absolute top-2 right-2" />
    </article>
  );
}
