import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { useFormat } from "@/format/useFormat";
import { Stars } from "@/parts/shop/Rating";

/** The average in large, and how often each rating was given. */
export function Histogram({ meta }: { meta: components["schemas"]["ReviewsMeta"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (meta.average === null) return null;
  const most = Math.max(...meta.histogram.map(({ count }) => count));
  return (
    <div>
      <p className="mb-2 flex items-baseline gap-2">
        <b className="text-28 font-semibold tabular-nums">{format.decimal(meta.average, 1)}</b>
        <span className="text-ink2">{t("market.fromBuyers", { count: meta.count })}</span>
      </p>
      <ul>
        {meta.histogram.map(({ rating, count }) => (
          <li key={rating} className="flex h-7 items-center gap-3">
            <Stars rating={rating} />
            <span className="h-2 grow rounded-4 bg-bar-rest" aria-hidden>
              <span
                className="block h-full rounded-4 bg-series1"
                style={{ width: `${most === 0 ? 0 : (count / most) * 100}%` }}
              />
            </span>
            <span className="w-8 text-right text-12 text-ink2 tabular-nums">{format.count(count)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
