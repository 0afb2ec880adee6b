import type { CoursePoint } from "@/parts/charts/course";
import type { CurrencyTransactions } from "../queries";

type Bucket = CurrencyTransactions["buckets"][number];
type Sums = NonNullable<Bucket["sums"]>;

export const tileMetrics = ["net", "gross", "discounts", "refunds", "count"] as const;
export type TileMetric = (typeof tileMetrics)[number];

export function valueOf(sums: Sums, metric: TileMetric): number {
  return metric === "count" ? sums.count : sums[`${metric}_minor`];
}

/** A number by day; the running day is not complete. */
export function courseOf(buckets: readonly Bucket[], metric: TileMetric, divisor = 1): CoursePoint[] {
  return buckets.map(({ start, complete, sums }) => ({
    start,
    complete,
    value: sums ? valueOf(sums, metric) / divisor : null,
  }));
}

/** The sum of so many complete days, `skip` days before the last one. */
export function sumOf(buckets: readonly Bucket[], metric: TileMetric, days: number, skip: number): number {
  const complete = buckets.filter((bucket) => bucket.complete);
  const end = Math.max(0, complete.length - skip);
  return complete
    .slice(Math.max(0, end - days), end)
    .reduce((sum, { sums }) => sum + (sums ? valueOf(sums, metric) : 0), 0);
}

/** What buyers paid ÷ orders, of so many complete days; null without orders. */
export function averageOf(buckets: readonly Bucket[], days: number): number | null {
  const counted = buckets.filter(({ complete }) => complete).slice(-days);
  const orders = counted.reduce((sum, { sums }) => sum + (sums?.count ?? 0), 0);
  const paid = counted.reduce((sum, { sums }) => sum + (sums?.paid_minor ?? 0), 0);
  return orders === 0 ? null : Math.round(paid / orders);
}
