import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";

interface PriceProps {
  product: { price_minor: number; payable_minor: number; currency: string };
  /** The one large price of a page. */
  large?: boolean;
  /** The two prices under each other, at the right. */
  stacked?: boolean;
}

/** What is to be paid, and the list price struck through where that is another. */
export function Price({ product, large = false, stacked = false }: PriceProps) {
  const { t } = useTranslation();
  const { money } = useFormat();
  const { price_minor, payable_minor, currency } = product;
  return (
    <span
      className={`tabular-nums ${stacked ? "flex shrink-0 flex-col items-end" : "inline-flex flex-wrap items-baseline gap-x-2.5"}`}
    >
      <span className={`font-semibold ${large ? "text-28" : ""}`}>
        {payable_minor === 0 ? t("market.free") : money(payable_minor, currency)}
      </span>
      {payable_minor !== price_minor && (
        <s className="text-ink3">
          <span className="sr-only">{t("market.listPrice")} </span>
          {money(price_minor, currency)}
        </s>
      )}
    </span>
  );
}
