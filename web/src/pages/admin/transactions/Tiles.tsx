import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Change } from "@/parts/Change";
import { Sparkline } from "@/parts/charts/Sparkline";
import { Tile, TileRow } from "@/parts/Tile";
import type { CurrencyTransactions } from "../queries";
import { useRange } from "../range";
import { courseOf, sumOf, tileMetrics } from "./sums";

/** The sums of the range's complete days, against as many before. */
export function Tiles({ currency }: { currency: CurrencyTransactions }) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const { buckets } = currency;
  return (
    <TileRow className="rounded-t-8 border bg-surface">
      {tileMetrics.map((metric) => {
        const now = sumOf(buckets, metric, range.days, 0);
        const before = sumOf(buckets, metric, range.days, range.days);
        return (
          <Tile
            key={metric}
            label={t(`admin.transactions.metrics.${metric}`)}
            value={metric === "count" ? format.count(now) : format.money(now, currency.currency)}
            change={
              <Change
                value={before > 0 ? (now - before) / before : null}
                good={metric === "refunds" ? "down" : metric === "discounts" ? "none" : "up"}
                against={t("admin.users.againstDays", { count: range.days })}
              />
            }
            sparkline={<Sparkline points={courseOf(buckets.slice(-range.days - 1), metric)} />}
          />
        );
      })}
    </TileRow>
  );
}
