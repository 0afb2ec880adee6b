import { Star } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useReview } from "@/api/market/reviews";
import { Button } from "@/parts/Button";
import { Field } from "@/parts/Field";
import { Notice } from "@/parts/Notice";
import { showToast } from "@/parts/toasts";
import { useForm } from "@/parts/useForm";

const stars = [1, 2, 3, 4, 5] as const;

/** So many stars and, who wants to, some words; once. */
export function ReviewForm({ productId }: { productId: string }) {
  const { t } = useTranslation();
  const review = useReview();
  const [rating, setRating] = useState(0);
  const { ref, onSubmit, errors, failure, pending } = useForm({
    fields: ["rating", "text"],
    check: ({ rating: chosen }) => (chosen === "" ? { rating: t("market.reviews.ratingMissing") } : {}),
    send: async ({ rating: chosen, text }) => {
      await review.mutateAsync({ product_id: productId, rating: Number(chosen), text: text.trim() });
      showToast(t("market.reviews.done"));
    },
  });
  return (
    <form ref={ref} noValidate onSubmit={onSubmit} className="flex flex-col items-start gap-3 border-t pt-4">
      <h3 className="font-semibold">{t("market.reviews.write")}</h3>
      <fieldset aria-describedby={errors.rating === undefined ? undefined : "rating-error"}>
        <legend className="mb-1 text-12 font-medium text-ink2">{t("market.reviews.rating")}</legend>
        <div className="flex">
          {stars.map((count) => (
            <label
              key={count}
              className="cursor-pointer rounded-4 p-0.5 has-focus-visible:outline-2 has-focus-visible:outline-accent"
            >
              <input
                type="radio"
                name="rating"
                value={count}
                checked={rating === count}
                onChange={() => setRating(count)}
                className="sr-only"
              />
              <span className="sr-only">{t("market.stars", { count })}</span>
              <Star
                size={24}
                strokeWidth={1.5}
                aria-hidden
                fill={count <= rating ? "currentColor" : "none"}
                className={count <= rating ? "text-ink" : "text-ctl"}
              />
            </label>
          ))}
        </div>
        {errors.rating !== undefined && (
          <p id="rating-error" role="alert" className="mt-1 text-12 text-danger">
            {errors.rating}
          </p>
        )}
      </fieldset>
      <div className="w-full">
        <Field label={t("market.reviews.text")} error={errors.text} optional>
          {(attributes) => (
            <textarea
              {...attributes}
              name="text"
              rows={4}
              maxLength={5_000}
              className={`${attributes.className} h-auto! py-2`}
            />
          )}
        </Field>
      </div>
      {failure !== undefined && <Notice kind="danger" title={failure} />}
      <Button type="submit" look="primary" pending={pending}>
        {t("market.reviews.send")}
      </Button>
    </form>
  );
}
