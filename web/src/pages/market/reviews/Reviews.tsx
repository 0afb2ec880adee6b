import { useTranslation } from "react-i18next";
import { useZone } from "@/api/account";
import type { Product } from "@/api/market/products";
import { useHasReviewed, useReviews, type Review } from "@/api/market/reviews";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { Notice } from "@/parts/Notice";
import { Shelf } from "@/parts/Shelf";
import { Stars } from "@/parts/shop/Rating";
import { SkeletonRows } from "@/parts/Skeleton";
import { Histogram } from "./Histogram";
import { ReviewForm } from "./ReviewForm";

/** What buyers think of a product, and what its seller says to it; whoever has it may say so, once. */
export function Reviews({ product }: { product: Product }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useReviews(product.id);
  const hasReviewed = useHasReviewed(product.id);
  const mayReview = product.owned === true && hasReviewed === false;
  const reviews = data?.pages.flatMap((page) => page.data);
  const meta = data?.pages[0]?.meta;

  let content = <SkeletonRows rows={4} />;
  if (reviews === undefined && error !== null) {
    content = (
      <Notice
        kind="danger"
        title={words(error).text}
        actions={<Button onClick={() => void refetch()}>{t("common.tryAgain")}</Button>}
      />
    );
  } else if (reviews?.length === 0 && !mayReview) {
    content = <p className="text-ink2">{t("market.reviews.none")}</p>;
  } else if (reviews !== undefined && meta !== undefined) {
    content = (
      <div className="grid gap-6 md:grid-cols-[16rem_minmax(0,1fr)] lg:gap-10">
        <div className="flex flex-col gap-6">
          <Histogram meta={meta} />
          {mayReview && <ReviewForm productId={product.id} />}
        </div>
        <div>
          {reviews.length === 0 && <p className="text-ink2">{t("market.reviews.beFirst")}</p>}
          <ul className="flex max-w-2xl flex-col divide-y">
            {reviews.map((review) => (
              <li key={review.id} className="py-4 first:pt-0">
                <ReviewItem review={review} />
              </li>
            ))}
          </ul>
          {hasNextPage && (
            <Button pending={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t("market.more")}
            </Button>
          )}
        </div>
      </div>
    );
  }
  return (
    <div className="mt-10 border-t pt-7">
      <Shelf title={t("market.reviews.title")}>{content}</Shelf>
    </div>
  );
}

/** A review with the seller's reply under it. */
export function ReviewItem({ review }: { review: Review }) {
  const { t } = useTranslation();
  const format = useFormat(useZone());
  return (
    <article className="flex flex-col gap-1">
      <p className="flex flex-wrap items-center gap-x-2">
        <Stars rating={review.rating} />
        <b translate="no" className="font-semibold">
          {review.buyer_name}
        </b>
        <span className="ml-auto text-12 text-ink3">{format.date(review.created_at)}</span>
      </p>
      {review.text !== "" && (
        <p translate="no" className="break-words whitespace-pre-line">
          {review.text}
        </p>
      )}
      {review.reply !== null && (
        <div className="mt-2 border-l-2 pl-3">
          <p className="text-12 text-ink3">
            <b translate="no" className="font-semibold text-ink2">
              {review.seller_name}
            </b>{" "}
            {t("market.reviews.replied", {
              date: review.replied_at === null ? "" : format.date(review.replied_at),
            })}
          </p>
          <p translate="no" className="break-words whitespace-pre-line">
            {review.reply}
          </p>
        </div>
      )}
    </article>
  );
}
