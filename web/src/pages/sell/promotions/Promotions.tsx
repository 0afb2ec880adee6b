import { ChevronLeft, ChevronRight, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useZone } from "@/api/account";
import { useChangePromotion, useOwnProducts, useOwnPromotions, type Promotion } from "@/api/market/selling";
import type { ProductCard } from "@/api/market/products";
import { useProblemWords } from "@/api/problemWords";
import { serverNow } from "@/api/serverTime";
import { useFormat } from "@/format/useFormat";
import { dayIn } from "@/format/zones";
import { Button, ButtonLink, IconButton } from "@/parts/Button";
import { Card, type CardState } from "@/parts/Card";
import { Notice } from "@/parts/Notice";
import { Calendar } from "./Calendar";
import { PromotionDialog } from "./PromotionDialog";

const days = 28;
const pace = 14;

function later(day: string, by: number): string {
  return new Date(Date.parse(day) + by * 86_400_000).toISOString().slice(0, 10);
}

type Shown = { promotion: Promotion } | { product?: ProductCard } | null;

/** When each product is cheaper: windows on a calendar, to be dragged, without overlaps. */
export function Component() {
  const { t } = useTranslation();
  const zone = useZone();
  const format = useFormat(zone);
  const words = useProblemWords();
  const products = useOwnProducts();
  const promotions = useOwnPromotions();
  const change = useChangePromotion();
  const [search, setSearch] = useSearchParams();
  const [shown, setShown] = useState<Shown>(null);

  const today = dayIn(new Date(serverNow()), zone);
  const asked = search.get("from");
  const first = asked !== null && /^\d{4}-\d{2}-\d{2}$/.test(asked) ? asked : later(today, -7);
  const goTo = (day: string) => setSearch({ from: day }, { replace: true, preventScrollReset: true });

  // A draft has no price that could fall, what is archived isn't sold.
  const sold = products.data?.filter(({ state }) => state === "published") ?? [];
  const inForce = promotions.data?.filter(({ is_active }) => is_active) ?? [];
  const failed = products.error ?? promotions.error;
  let state: CardState = { kind: "ready" };
  if (products.data === undefined || promotions.data === undefined) {
    const retry = () => void Promise.all([products.refetch(), promotions.refetch()]);
    state =
      failed === null
        ? { kind: "loading" }
        : { kind: "error", sentence: t("sell.promotions.failed"), error: failed, retry };
  } else if (sold.length === 0) {
    state = {
      kind: "empty",
      sentence: t("sell.promotions.none"),
      why: t("sell.promotions.noneWhy"),
      action: <ButtonLink to="/sell">{t("sell.promotions.toProducts")}</ButtonLink>,
    };
  }

  return (
    <Card
      title={t("sell.promotions.title")}
      sentence={
        <>
          {t("sell.promotions.sentence", { zone })}
          <span className="mt-2 flex flex-wrap items-center gap-2">
            <IconButton
              icon={ChevronLeft}
              label={t("sell.promotions.earlier")}
              onClick={() => goTo(later(first, -pace))}
            />
            <span className="font-medium text-ink">{format.dates(first, later(first, days - 1))}</span>
            <IconButton
              icon={ChevronRight}
              label={t("sell.promotions.later")}
              onClick={() => goTo(later(first, pace))}
            />
            <Button look="primary" icon={Plus} className="ml-auto" onClick={() => setShown({})}>
              {t("sell.promotions.add")}
            </Button>
          </span>
        </>
      }
      state={state}
    >
      {change.isError && (
        <div className="mb-3">
          <Notice kind="danger" title={words(change.error).text}>
            {t("sell.promotions.putBack")}
          </Notice>
        </div>
      )}
      <Calendar
        products={sold}
        promotions={inForce}
        first={first}
        days={days}
        zone={zone}
        onMove={({ id, starts_at, ends_at }, { startsAt, endsAt }) =>
          change.mutate({
            id,
            changes: {
              ...(startsAt !== Date.parse(starts_at) && { starts_at: new Date(startsAt).toISOString() }),
              ...(endsAt !== Date.parse(ends_at) && { ends_at: new Date(endsAt).toISOString() }),
            },
          })
        }
        onOpen={(promotion) => setShown({ promotion })}
        onAdd={(product) => setShown({ product })}
      />
      {shown !== null && (
        <PromotionDialog
          {...shown}
          products={sold}
          promotions={inForce}
          zone={zone}
          onClose={() => setShown(null)}
        />
      )}
    </Card>
  );
}
