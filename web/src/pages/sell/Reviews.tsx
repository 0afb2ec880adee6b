import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useReceivedReviews, useReply, type Review } from "@/api/market/reviews";
import { useProblemWords } from "@/api/problemWords";
import { Button, ButtonLink } from "@/parts/Button";
import { Card, type CardState } from "@/parts/Card";
import { controlClass } from "@/parts/Field";
import { Notice } from "@/parts/Notice";
import { showToast } from "@/parts/toasts";
import { ReviewItem } from "../market/reviews/Reviews";

/** What buyers say of what one sells, those without a reply first. */
export function Component() {
  const { t } = useTranslation();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useReceivedReviews();
  const reviews = data?.pages.flatMap((page) => page.data) ?? [];
  const unanswered = reviews.filter(({ reply }) => reply === null).length;

  let state: CardState = { kind: "ready" };
  if (data === undefined) {
    state =
      error === null
        ? { kind: "loading" }
        : { kind: "error", sentence: t("sell.reviews.failed"), error, retry: () => void refetch() };
  } else if (reviews.length === 0) {
    state = {
      kind: "empty",
      sentence: t("sell.reviews.none"),
      why: t("sell.reviews.noneWhy"),
      action: <ButtonLink to="/sell">{t("sell.promotions.toProducts")}</ButtonLink>,
    };
  }
  return (
    <Card
      title={t("sell.reviews.title")}
      sentence={
        unanswered === 0 ? t("sell.reviews.allReplied") : t("sell.reviews.unanswered", { count: unanswered })
      }
      state={state}
    >
      <ul className="flex max-w-3xl flex-col divide-y">
        {reviews.map((review) => (
          <li key={review.id} className="py-4 first:pt-0">
            <Link
              to={`/market/products/${review.product_id}`}
              translate="no"
              className="mb-1 block text-12 font-medium text-ink2 hover:underline"
            >
              {review.product_title}
            </Link>
            <ReviewItem review={review} />
            {review.reply === null && <ReplyForm review={review} />}
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button pending={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("market.more")}
        </Button>
      )}
    </Card>
  );
}

/** A reply stands for good: it is written once. */
function ReplyForm({ review }: { review: Review }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const [text, setText] = useState("");
  const { mutate, isPending, error } = useReply();
  return (
    <form
      className="mt-2 flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() === "" || isPending) return;
        mutate({ id: review.id, text: text.trim() }, { onSuccess: () => showToast(t("sell.reviews.done")) });
      }}
    >
      <div className="flex items-end gap-2">
        <textarea
          rows={2}
          maxLength={5_000}
          aria-label={t("sell.reviews.replyTo", { name: review.buyer_name })}
          placeholder={t("sell.reviews.placeholder")}
          value={text}
          onChange={({ target }) => setText(target.value)}
          className={`${controlClass} h-auto! grow py-1.5`}
        />
        <Button type="submit" pending={isPending}>
          {t("sell.reviews.reply")}
        </Button>
      </div>
      {error !== null && <Notice kind="danger" title={words(error).text} />}
    </form>
  );
}
