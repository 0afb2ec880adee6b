import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Quote } from "@/api/market/orders";
import { useProductsById } from "@/api/market/products";
import { useFormat } from "@/format/useFormat";
import { ProductCover } from "@/parts/shop/ProductCover";
import { PromoBadge } from "@/parts/shop/PromoBadge";

/** What is bought, each with its price. */
export function Lines({ quote }: { quote: Quote }) {
  const { t } = useTranslation();
  const { money } = useFormat();
  const products = useProductsById(quote.lines.map(({ product_id }) => product_id));
  const covers = new Map(products.flatMap(({ data }) => (data ? [[data.id, data.cover]] : [])));
  return (
    <ul className="divide-y">
      {quote.lines.map((line) => (
        <li key={line.product_id} className="flex gap-3 py-3.5 first:pt-0 last:pb-0">
          <ProductCover
            product={{ id: line.product_id, cover: covers.get(line.product_id) ?? null }}
            className="size-14 shrink-0 rounded-8"
          />
          <div className="min-w-0 grow">
            <p translate="no" className="line-clamp-2 font-semibold">
              {line.title}
            </p>
            <p translate="no" className="truncate text-ink2">
              {quote.seller_name}
            </p>
          </div>
          <div className="flex shrink-0 flex-col items-end tabular-nums">
            <b className="font-semibold">{money(line.list_minor - line.discount_minor, quote.currency)}</b>
            {line.discount_percent > 0 ? (
              <span className="flex items-center gap-2">
                <PromoBadge small percent={line.discount_percent} />
                <s className="text-12 text-ink3">{money(line.list_minor, quote.currency)}</s>
              </span>
            ) : (
              <span className="text-12 text-ink3">{t("market.listPrice")}</span>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** The sums of a quote or an order, as they can be checked by hand. */
type Amounts = Pick<
  Quote,
  "currency" | "list_minor" | "discount_minor" | "net_minor" | "tax_minor" | "total_minor" | "tax"
>;
type Line = Pick<Quote["lines"][number], "title" | "discount_percent" | "tax_minor">;

interface SumsProps {
  amounts: Amounts;
  lines: readonly Line[];
}

/** Subtotal, discount, net, tax with rate and country, total; where prices contain the tax, it is said below the total. */
export function Sums({ amounts, lines }: SumsProps) {
  const { t } = useTranslation();
  const { money, percent, country } = useFormat();
  const { currency } = amounts;
  const { bps, inclusive, is_default } = amounts.tax;
  const taxCountry = country(amounts.tax.country);
  const digits = bps % 100 === 0 ? 0 : bps % 10 === 0 ? 1 : 2;
  const taxLabel = t(inclusive ? "market.checkout.taxWithin" : "market.checkout.tax", {
    rate: percent(bps / 10_000, digits),
    country: taxCountry,
  });
  const taxedLines = lines.filter(({ tax_minor }) => tax_minor > 0);
  const tax = (
    <Sum
      label={taxLabel}
      note={
        taxedLines.length > 1
          ? taxedLines.map(({ tax_minor }) => money(tax_minor, currency)).join(" + ")
          : undefined
      }
      amount={money(amounts.tax_minor, currency)}
    />
  );
  const reduced = lines.filter(({ discount_percent }) => discount_percent > 0);
  const net = <Sum label={t("market.checkout.net")} amount={money(amounts.net_minor, currency)} />;
  return (
    <dl className="flex flex-col gap-1.5 border-t pt-4 tabular-nums">
      <Sum label={t("market.checkout.subtotal")} amount={money(amounts.list_minor, currency)} />
      {amounts.discount_minor > 0 && (
        <Sum
          label={t("market.checkout.discount")}
          note={
            <span translate="no">
              {reduced
                .map(({ title, discount_percent }) => `${percent(-discount_percent / 100)} ${title}`)
                .join(", ")}
            </span>
          }
          amount={money(-amounts.discount_minor, currency)}
          good
        />
      )}
      {!inclusive && net}
      {!inclusive && tax}
      <div className="mt-1.5 flex items-baseline justify-between gap-3 border-t pt-3">
        <dt className="font-semibold">{t("market.checkout.total")}</dt>
        <dd className="text-28 font-semibold">{money(amounts.total_minor, currency)}</dd>
      </div>
      {inclusive && net}
      {inclusive && tax}
      {is_default && (
        <div className="text-12 text-ink3">
          <dt className="sr-only">{t("market.checkout.note")}</dt>
          <dd>{t("market.checkout.defaultRate", { country: taxCountry })}</dd>
        </div>
      )}
    </dl>
  );
}

function Sum({
  label,
  note,
  amount,
  good = false,
}: {
  label: string;
  note?: ReactNode;
  amount: string;
  good?: boolean;
}) {
  return (
    <div className={`flex justify-between gap-3 ${good ? "text-up" : ""}`}>
      <dt className="min-w-0">
        {label}
        {note !== undefined && <span className="ml-2 text-12 text-ink3">{note}</span>}
      </dt>
      <dd className="shrink-0">{amount}</dd>
    </div>
  );
}
