import type { CoursePoint } from "@/parts/charts/course";
import type { SignUps, UserDay } from "../queries";

export const userMetrics = ["dau", "wau", "mau", "stickiness"] as const;
export type UserMetric = (typeof userMetrics)[number];

/** A number of people by day; the running day is not complete. */
export function courseOf(days: readonly UserDay[], metric: UserMetric | "listeners"): CoursePoint[] {
  return days.map((day) => ({ start: day.date, value: day[metric], complete: day.complete }));
}

/** Sign-ups of so many complete days, `skip` days before the last one; null where they are not known. */
export function signUpsIn(signUps: SignUps | undefined, days: number, skip: number): number | null {
  if (signUps === undefined) return null;
  const complete = signUps.buckets.filter((bucket) => bucket.complete);
  const end = complete.length - skip;
  const counted = complete.slice(Math.max(0, end - days), Math.max(0, end));
  if (counted.length < days) return null;
  return counted.reduce((sum, { signups }) => sum + (signups ?? 0), 0);
}
