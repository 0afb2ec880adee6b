import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Promotion } from "@/api/market/selling";
import type { ProductCard } from "@/api/market/products";
import { useServerNow } from "@/api/serverTime";
import { useFormat } from "@/format/useFormat";
import { dayIn, startOfDay } from "@/format/zones";
import { IconButton } from "@/parts/Button";
import { roomOf, type TimeWindow } from "./windows";
import { WindowBar } from "./WindowBar";

const day = 86_400_000;
/** What is dragged to now begins a little later: it must not have begun when it arrives. */
const margin = 60_000;

export function windowOf({ starts_at, ends_at }: Pick<Promotion, "starts_at" | "ends_at">): TimeWindow {
  return { startsAt: Date.parse(starts_at), endsAt: Date.parse(ends_at) };
}

/** The beginnings of `count` days from `first` (`2026-11-23`) on, and the end of the last one. */
export function dayEdges(first: string, count: number, zone: string): number[] {
  return Array.from({ length: count + 1 }, (_, index) =>
    startOfDay(new Date(Date.parse(first) + index * day).toISOString().slice(0, 10), zone).getTime(),
  );
}

interface CalendarProps {
  products: readonly ProductCard[];
  /** Those in force or to come; canceled ones have no window. */
  promotions: readonly Promotion[];
  /** First day shown. */
  first: string;
  days: number;
  zone: string;
  onMove: (promotion: Promotion, to: TimeWindow) => void;
  onOpen: (promotion: Promotion) => void;
  /** A new one for this product. */
  onAdd: (product: ProductCard) => void;
}

/** A line of time for each product, with its promotions as windows on it. */
export function Calendar({ products, promotions, first, days, zone, onMove, onOpen, onAdd }: CalendarProps) {
  const { t } = useTranslation();
  const format = useFormat(zone);
  const now = useServerNow();
  const edges = dayEdges(first, days, zone);
  const view = { startsAt: edges[0] ?? 0, endsAt: edges.at(-1) ?? 0 };
  const share = (at: number) => ((at - view.startsAt) / (view.endsAt - view.startsAt)) * 100;
  const nowShown = now > view.startsAt && now < view.endsAt;

  return (
    // Wider than a phone: it scrolls by itself, also by keys.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={t("sell.promotions.calendar")}>
      <p id="window-keys" className="sr-only">
        {t("sell.promotions.keys")}
      </p>
      <div className="min-w-[44rem]">
        <div className="flex text-12 text-ink3">
          <span className="w-32 shrink-0 md:w-48" />
          <div className="relative h-6 grow">
            {edges.slice(0, -1).map((edge, index) =>
              index % 7 === 0 ? (
                <span
                  key={edge}
                  className="absolute top-0 border-l pl-1.5"
                  style={{ left: `${share(edge)}%` }}
                >
                  {format.day(dayIn(new Date(edge), zone))}
                </span>
              ) : null,
            )}
          </div>
        </div>
        <ul className="border-b">
          {products.map((product) => {
            const own = promotions.filter(({ product_id }) => product_id === product.id);
            return (
              <li key={product.id} className="flex items-center border-t hover:bg-hover">
                <div className="flex w-32 shrink-0 items-center gap-1 pr-2 md:w-48">
                  <span translate="no" className="min-w-0 grow truncate font-medium">
                    {product.title}
                  </span>
                  <IconButton
                    icon={Plus}
                    label={t("sell.promotions.addTo", { title: product.title })}
                    onClick={() => onAdd(product)}
                  />
                </div>
                <div className="relative h-8 grow">
                  {edges.slice(0, -1).map((edge, index) => (
                    <span
                      key={edge}
                      aria-hidden
                      className={`absolute inset-y-0 border-l ${index % 7 === 0 ? "border-line2" : "border-grid"}`}
                      style={{ left: `${share(edge)}%` }}
                    />
                  ))}
                  {nowShown && (
                    <span
                      aria-hidden
                      className="absolute inset-y-0 border-l-2 border-accent"
                      style={{ left: `${share(now)}%` }}
                    />
                  )}
                  {own.map((promotion) => {
                    const window = windowOf(promotion);
                    const others = own.filter((other) => other !== promotion).map(windowOf);
                    const percent = format.percent(-promotion.discount_percent / 100);
                    return (
                      <WindowBar
                        key={promotion.id}
                        text={percent}
                        title={product.title}
                        window={window}
                        room={window.startsAt > now ? roomOf(window, others, now + margin) : null}
                        running={window.startsAt <= now && now < window.endsAt}
                        view={view}
                        zone={zone}
                        onMove={(to) => onMove(promotion, to)}
                        onOpen={() => onOpen(promotion)}
                      />
                    );
                  })}
                </div>
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}
