import { Star } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";

/** `★ 4.7 from 86 buyers`. Nothing where nobody has said anything yet. */
export function Rating({ rating }: { rating: { average: number; count: number } | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (rating === null) return null;
  return (
    <span className="inline-flex items-center gap-1.5 text-12 text-ink2">
      <Star size={14} fill="currentColor" strokeWidth={0} aria-hidden className="text-ink" />
      <b className="font-semibold text-ink tabular-nums">{format.decimal(rating.average, 1)}</b>
      {t("market.fromBuyers", { count: rating.count })}
    </span>
  );
}

/** Five stars, so many of them full. */
export function Stars({ rating }: { rating: number }) {
  const { t } = useTranslation();
  return (
    <span role="img" aria-label={t("market.stars", { count: rating })} className="inline-flex text-ink">
      {[1, 2, 3, 4, 5].map((star) => (
        <Star
          key={star}
          size={14}
          strokeWidth={1.5}
          fill={star <= rating ? "currentColor" : "none"}
          aria-hidden
          className={star <= rating ? "" : "text-ctl"}
        />
      ))}
    </span>
  );
}
