import type { CoursePoint } from "@/parts/charts/course";
import type { Overview } from "../report/queries";
import type { Metric } from "../report/report";

type Bucket = Overview["buckets"][number];

/**
 * A metric's course, with the earlier period's beside it: its first bucket under the first, its second under the second.
 * A bucket that is cut by the range is as little to be compared as one that runs. `toDrawn`: from the report's value to the
 * chart's.
 */
export function courseOf(
  buckets: readonly Bucket[],
  metric: Metric,
  earlier: readonly Bucket[] = [],
  toDrawn: (value: number) => number = (value) => value,
): CoursePoint[] {
  const drawn = (bucket: Bucket | undefined) => {
    const value = bucket?.[metric] ?? null;
    return value === null ? null : toDrawn(value);
  };
  return buckets.map((bucket, index) => {
    const before = earlier[index];
    return {
      start: bucket.start,
      value: drawn(bucket),
      complete: bucket.complete && !bucket.partial,
      ...(before !== undefined && { previous: { start: before.start, value: drawn(before) } }),
    };
  });
}
