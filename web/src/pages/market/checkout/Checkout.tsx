import { useQueryClient } from "@tanstack/react-query";
import { ArrowLeft, Info } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { quoteKey, useQuote, type Order, type Quote } from "@/api/market/orders";
import { ApiProblem } from "@/api/problem";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button, ButtonLink } from "@/parts/Button";
import { SelectField } from "@/parts/Field";
import { Notice } from "@/parts/Notice";
import { Countdown } from "@/parts/shop/Countdown";
import { Shelf } from "@/parts/Shelf";
import { SkeletonRows } from "@/parts/Skeleton";
import { showToast } from "@/parts/toasts";
import { removeFromCart } from "../cart";
import { productsOf } from "./address";
import { likelyCountry, rememberCountry, useCountries } from "./countries";
import { Lines, Sums } from "./Summary";
import { usePayment } from "./usePayment";

/** What one is about to buy from one seller, each sum of it to be checked by hand, before it is paid. */
export function Component() {
  const { t } = useTranslation();
  const [search] = useSearchParams();
  const productIds = productsOf(search);
  const [country, setCountry] = useState(likelyCountry);
  const quote = useQuote(productIds, country);

  return (
    <Shelf
      title={t("market.checkout.title")}
      sentence={
        quote.data !== undefined
          ? t("market.checkout.sentence", { count: quote.data.lines.length })
          : undefined
      }
    >
      <div className="max-w-[27.5rem]">
        {productIds.length === 0 ? (
          <div className="flex flex-col items-start gap-4 text-ink2">
            <p>{t("market.checkout.nothing")}</p>
            <ButtonLink to="/market">{t("market.showEverything")}</ButtonLink>
          </div>
        ) : (
          <section className="rounded-8 border bg-surface p-4">
            <Form
              quote={quote.data}
              failure={quote.data === undefined ? quote.error : null}
              ask={async () => (await quote.refetch()).data}
              country={country}
              onCountry={(code) => {
                rememberCountry(code);
                setCountry(code);
              }}
              productIds={productIds}
            />
          </section>
        )}
      </div>
    </Shelf>
  );
}

interface FormProps {
  quote: Quote | undefined;
  failure: Error | null;
  /** Asks for the quote anew. */
  ask: () => Promise<Quote | undefined>;
  country: string;
  onCountry: (code: string) => void;
  productIds: readonly string[];
}

function Form({ quote, failure, ask, country, onCountry, productIds }: FormProps) {
  const { t } = useTranslation();
  const { money } = useFormat();
  const navigate = useNavigate();
  const client = useQueryClient();
  const countries = useCountries();
  const [method, setMethod] = useState<string>("approve");
  const [risen, setRisen] = useState<{ before: number; after: number } | null>(null);
  const amount = quote && money(quote.total_minor, quote.currency);

  const payment = usePayment(
    (order: Order) => {
      removeFromCart(...productIds);
      showToast(t("market.checkout.paid"));
      void navigate(`/market/purchases/${order.id}`);
    },
    (fresh: Quote) => {
      setRisen({ before: quote?.total_minor ?? fresh.total_minor, after: fresh.total_minor });
      client.setQueryData(quoteKey(productIds, country), fresh);
    },
  );
  const ordered = payment.order !== null;

  /** A promotion in it has ended: what it costs now may be more. */
  async function askAgain(): Promise<void> {
    const before = quote?.total_minor ?? 0;
    const fresh = await ask();
    if (fresh !== undefined && fresh.total_minor > before) setRisen({ before, after: fresh.total_minor });
  }

  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (quote === undefined || payment.isPending) return;
        setRisen(null);
        payment.mutate({ quote, country, method });
      }}
    >
      {quote !== undefined && (
        <>
          <Lines quote={quote} />
          <Sums amounts={quote} lines={quote.lines} />
        </>
      )}
      {quote === undefined && failure === null && <SkeletonRows rows={7} />}
      {failure !== null && <QuoteFailure error={failure} retry={() => void ask()} productIds={productIds} />}
      <SelectField
        label={t("market.checkout.country")}
        hint={quote && <Evidence quote={quote} />}
        name="country"
        value={country}
        // What was ordered was priced for this country.
        disabled={ordered || payment.isPending}
        onChange={({ target }) => {
          setRisen(null);
          onCountry(target.value);
        }}
      >
        {countries.map(({ code, name }) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </SelectField>
      {quote !== undefined && quote.total_minor > 0 && (
        <SelectField
          label={t("market.checkout.payWith")}
          hint={t("market.checkout.testProvider")}
          name="method"
          value={method}
          disabled={payment.isPending}
          onChange={({ target }) => setMethod(target.value)}
        >
          {methods.map((name) => (
            <option key={name} value={name}>
              {t(`market.checkout.method.${name}`)}
            </option>
          ))}
        </SelectField>
      )}
      {risen !== null && quote !== undefined && (
        <Notice
          kind="warning"
          title={t("market.checkout.risen", {
            before: money(risen.before, quote.currency),
            after: money(risen.after, quote.currency),
          })}
        >
          {t("market.checkout.risenWhy")}
        </Notice>
      )}
      <PaymentTrouble payment={payment} />
      {quote !== undefined && (
        <Button type="submit" look="primary" large pending={payment.isPending} className="w-full">
          {payment.isPending
            ? t("market.checkout.paying")
            : quote.total_minor === 0
              ? t("market.checkout.getFree")
              : t("market.checkout.pay", { amount })}
        </Button>
      )}
      {quote !== undefined && (
        <div className="flex gap-2 text-12 text-ink3">
          <Info size={16} strokeWidth={1.75} aria-hidden className="shrink-0" />
          <div>
            {quote.rises_at !== null && !ordered && (
              <p className="flex gap-1 text-ink2">
                {t("market.checkout.promotion")}
                <Countdown
                  key={quote.rises_at}
                  until={quote.rises_at}
                  units={3}
                  onEnd={() => void askAgain()}
                  className="font-semibold text-promo"
                />
              </p>
            )}
            <p>{t("market.checkout.promise")}</p>
          </div>
        </div>
      )}
    </form>
  );
}

/** Ways to pay that the provider of tests knows. */
const methods = ["approve", "decline", "late", "twice"] as const;

/** Which country decides, and what the connection says. */
function Evidence({ quote }: { quote: Quote }) {
  const { t } = useTranslation();
  const { country } = useFormat();
  const declared = country(quote.tax.country);
  if (quote.tax.address_country === null) return t("market.checkout.evidenceUnknown", { declared });
  if (quote.tax.evidence_conflict) {
    const address = country(quote.tax.address_country);
    return <span className="text-warn">{t("market.checkout.evidenceConflict", { declared, address })}</span>;
  }
  return t("market.checkout.evidenceAgrees", { declared });
}

/** Why these can't be bought together, and the way out. */
function QuoteFailure({
  error,
  retry,
  productIds,
}: {
  error: Error;
  retry: () => void;
  productIds: readonly string[];
}) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const code = error instanceof ApiProblem ? error.code : "";
  return (
    <Notice
      kind="danger"
      title={words(error).text}
      actions={
        <>
          {code === "already_owned" && (
            <ButtonLink to="/market/purchases">{t("market.checkout.toPurchases")}</ButtonLink>
          )}
          {["not_for_sale", "own_product", "several_sellers", "already_owned", "not_found"].includes(code) ? (
            <ButtonLink to="/market/cart" icon={ArrowLeft}>
              {t("market.checkout.toCart")}
            </ButtonLink>
          ) : (
            <Button onClick={retry}>{t("common.tryAgain")}</Button>
          )}
        </>
      }
    >
      {productIds.length > 1 && code !== "" ? t("market.checkout.oneOfThem") : undefined}
    </Notice>
  );
}

/** What came of the last attempt to pay, where it was not paid. */
function PaymentTrouble({ payment }: { payment: ReturnType<typeof usePayment> }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const { error, order, data, giveUp, isPending } = payment;
  if (isPending) return null;
  const declined = error instanceof ApiProblem && error.code === "payment_declined";
  // A risen price has words of its own.
  const code = error instanceof ApiProblem ? error.code : undefined;
  if (code === "price_changed") return null;
  const changeIt = order !== null && (
    <Button
      onClick={() => {
        giveUp();
        payment.reset();
      }}
    >
      {t("market.checkout.changeOrder")}
    </Button>
  );
  if (declined) {
    return (
      <Notice kind="danger" title={t("market.checkout.declined")} actions={changeIt}>
        {t("market.checkout.declinedWhy")}
      </Notice>
    );
  }
  if (error !== null) {
    return (
      <Notice kind="danger" title={words(error).text} actions={changeIt}>
        {order !== null && t("market.checkout.orderStands")}
      </Notice>
    );
  }
  if (data?.state === "pending_payment") {
    return (
      <Notice
        kind="warning"
        title={t("market.checkout.undecided")}
        actions={<ButtonLink to="/market/purchases">{t("market.checkout.toPurchases")}</ButtonLink>}
      >
        {t("market.checkout.undecidedWhy")}
      </Notice>
    );
  }
  return null;
}
