import { useTranslation } from "react-i18next";
import { useZone } from "@/api/account";
import { useWished, useWishlist, type Wish } from "@/api/market/wishlist";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button, ButtonLink } from "@/parts/Button";
import { coverGridClass, CoverGridSkeleton } from "@/parts/cover/CoverGrid";
import { Notice } from "@/parts/Notice";
import { Shelf } from "@/parts/Shelf";
import { CartButton } from "./parts/CartButton";
import { ProductTile } from "./parts/ProductTile";

/** What one would like to have, and what became cheaper since. */
export function Component() {
  const { t } = useTranslation();
  const words = useProblemWords();
  const { data: wishes, error, refetch } = useWishlist();
  const dropped = wishes?.filter(({ drop_minor }) => drop_minor > 0).length ?? 0;

  let content = <CoverGridSkeleton />;
  if (wishes !== undefined && wishes.length > 0) {
    content = (
      <ul className={coverGridClass}>
        {wishes.map((wish) => (
          <WishItem key={wish.product.id} wish={wish} />
        ))}
      </ul>
    );
  } else if (wishes !== undefined) {
    content = (
      <div className="flex flex-col items-start gap-4 text-ink2">
        <p>{t("market.wishlist.none")}</p>
        <ButtonLink to="/market">{t("market.showEverything")}</ButtonLink>
      </div>
    );
  } else if (error !== null) {
    content = (
      <Notice
        kind="danger"
        title={words(error).text}
        actions={<Button onClick={() => void refetch()}>{t("common.tryAgain")}</Button>}
      />
    );
  }
  return (
    <Shelf
      title={t("market.wishlist.title")}
      sentence={dropped > 0 ? t("market.wishlist.dropped", { count: dropped }) : undefined}
    >
      {content}
    </Shelf>
  );
}

function WishItem({ wish }: { wish: Wish }) {
  const { t } = useTranslation();
  const format = useFormat(useZone());
  const { product, added_at, drop_minor } = wish;
  // Gone as soon as its heart is; back where the server refuses.
  if (!useWished(product)) return null;
  const forSale = product.state === "published";
  return (
    <li className="flex min-w-0 flex-col gap-2">
      <ProductTile product={product} />
      <p className="text-12 text-ink3">
        {drop_minor > 0 ? (
          <span className="font-medium text-up">
            {t("market.wishlist.cheaper", { amount: format.money(drop_minor, product.currency) })}
          </span>
        ) : (
          t("market.wishlist.since", { date: format.date(added_at) })
        )}
      </p>
      {forSale ? <CartButton product={product} /> : <p className="text-ink2">{t("market.notForSale")}</p>}
    </li>
  );
}
