import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useAccount } from "@/api/account";
import { useProduct, type Product } from "@/api/market/products";
import { ApiProblem } from "@/api/problem";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button, ButtonLink } from "@/parts/Button";
import { Notice } from "@/parts/Notice";
import { Countdown } from "@/parts/shop/Countdown";
import { Price } from "@/parts/shop/Price";
import { ProductCover } from "@/parts/shop/ProductCover";
import { PromoBadge } from "@/parts/shop/PromoBadge";
import { Rating } from "@/parts/shop/Rating";
import { SkeletonLine } from "@/parts/Skeleton";
import { CartButton } from "../parts/CartButton";
import { checkoutAddress } from "../checkout/address";
import { Heart } from "../parts/Heart";
import { Preview } from "../parts/Preview";
import { useAskAgain } from "../parts/ProductTile";
import { Reviews } from "../reviews/Reviews";

/** One product: what it is, how it sounds, what it costs. */
export function Component() {
  const { t } = useTranslation();
  const words = useProblemWords();
  const { id = "" } = useParams();
  const { data: product, error, refetch } = useProduct(id);
  if (product !== undefined) {
    return (
      <>
        <Details product={product} />
        {product.state !== "draft" && <Reviews product={product} />}
      </>
    );
  }
  if (error === null) return <DetailsSkeleton />;
  if (error instanceof ApiProblem && [404, 422].includes(error.status)) {
    return (
      <div className="flex flex-col items-start gap-4">
        <p>{t("market.product.unknown")}</p>
        <ButtonLink to="/market">{t("market.showEverything")}</ButtonLink>
      </div>
    );
  }
  return (
    <Notice
      kind="danger"
      title={words(error).text}
      actions={<Button onClick={() => void refetch()}>{t("common.tryAgain")}</Button>}
    />
  );
}

function Details({ product }: { product: Product }) {
  const { t } = useTranslation();
  return (
    <article className="grid gap-6 md:grid-cols-[minmax(0,22rem)_minmax(0,1fr)] lg:grid-cols-[minmax(0,27rem)_minmax(0,1fr)] lg:gap-10">
      <div className="relative self-start">
        <ProductCover product={product} className="w-full rounded-8" />
        {product.promotion !== null && (
          <span className="absolute top-2 left-2">
            <PromoBadge percent={product.promotion.discount_percent} />
          </span>
        )}
        <Heart product={product} className="absolute top-2 right-2" />
      </div>
      <div className="flex max-w-2xl min-w-0 flex-col gap-5">
        <header>
          <h2 translate="no" className="text-28 font-semibold">
            {product.title}
          </h2>
          <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-ink2">
            <Link
              to={`/listen/creators/${product.seller_id}`}
              translate="no"
              className="text-ink2 hover:underline"
            >
              {product.seller_name}
            </Link>
            <span className="text-ink3">{t(`market.kind.${product.kind}`)}</span>
            <Rating rating={product.rating} />
          </p>
        </header>
        {product.track_id !== null && <Preview trackId={product.track_id} />}
        <Offer product={product} />
        {product.description !== "" && (
          <p translate="no" className="max-w-prose whitespace-pre-line text-ink2">
            {product.description}
          </p>
        )}
        <Contents product={product} />
      </div>
    </article>
  );
}

/** Price and promotion, and the ways to buy. */
function Offer({ product }: { product: Product }) {
  const { t } = useTranslation();
  const { money } = useFormat();
  const askAgain = useAskAgain();
  const account = useAccount().data;
  const { promotion, lowest_30d_minor: lowest, currency } = product;
  const own = account?.creator_id === product.seller_id;
  return (
    <section aria-label={t("market.product.offer")} className="flex flex-col gap-3 border-y py-5">
      {promotion !== null && (
        <Countdown until={promotion.ends_at} units={3} onEnd={askAgain} className="text-promo" />
      )}
      <div>
        <Price product={product} large />
        {lowest !== null && promotion !== null && (
          <p className="text-12 text-ink3">{t("market.lowest30d", { price: money(lowest, currency) })}</p>
        )}
        <p className="text-12 text-ink3">{t("market.beforeTax")}</p>
      </div>
      {own && (
        <div>
          <ButtonLink to={`/sell/products/${product.id}`}>{t("market.product.edit")}</ButtonLink>
        </div>
      )}
      {!own && product.state === "published" && (
        <div className="grid max-w-sm grid-cols-2 gap-2">
          <CartButton product={product} />
          {!product.owned && (
            <ButtonLink to={checkoutAddress([product.id])}>{t("market.product.buyNow")}</ButtonLink>
          )}
        </div>
      )}
      {!own && product.state !== "published" && <Notice kind="info" title={t("market.notForSale")} />}
    </section>
  );
}

/** The files that one gets. */
function Contents({ product }: { product: Product }) {
  const { t } = useTranslation();
  const { bytes } = useFormat();
  if (product.files.length === 0) return null;
  const size = product.files.reduce((sum, file) => sum + file.size, 0);
  return (
    <section aria-labelledby="contents">
      <h3 id="contents" className="mb-1 font-semibold">
        {t("market.product.files", { count: product.files.length, size: bytes(size) })}
      </h3>
      <ul className="divide-y">
        {product.files.map((file) => (
          <li key={file.id} className="flex justify-between gap-3 py-1.5">
            <span translate="no" className="truncate">
              {file.name}
            </span>
            <span className="shrink-0 text-ink3 tabular-nums">{bytes(file.size)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function DetailsSkeleton() {
  const { t } = useTranslation();
  return (
    <div
      role="status"
      aria-busy
      aria-label={t("states.loading")}
      className="grid gap-6 md:grid-cols-[minmax(0,22rem)_minmax(0,1fr)] lg:grid-cols-[minmax(0,27rem)_minmax(0,1fr)] lg:gap-10"
    >
      <span className="block aspect-square rounded-8 bg-skeleton2" />
      <div className="flex flex-col gap-4">
        <span className="block h-8 w-3/5 rounded-4 bg-skeleton1" />
        <SkeletonLine />
        <SkeletonLine width="80%" />
        <span className="block h-8 w-1/4 rounded-4 bg-skeleton1" />
      </div>
    </div>
  );
}
