import { addDays, localTime } from "../report/civil";
import { periodBefore, type Bounds, type Period } from "../report/period";
import type { Comparison } from "../report/queries";
import type { Report } from "../report/report";

/** The two periods that are compared, the earlier one first. */
export function comparedPeriods({ period, before, preset }: Report): readonly [Period, Period] {
  const other = before ?? periodBefore(period, preset);
  return other.first <= period.first ? [other, period] : [period, other];
}

/** One of the two. */
export type Side = Comparison["period1"];

/** What of a period was counted: less than all of it while one of the two runs. */
export function countedBounds({ start, end }: Side): Bounds {
  return { from: start, to: end };
}

/** A day that is longer or shorter than 24 hours, because the clocks changed. */
export interface ClockChange {
  /** 1 or 2 */
  period: 1 | 2;
  /** When the day began, RFC 3339. */
  start: string;
  hours: number;
}

const hourMs = 3_600_000;

/** The days of a period on which the clocks changed; its last one counts only if it was counted whole. */
export function clockChanges({ series, end, days }: Side, period: 1 | 2): ClockChange[] {
  return series.flatMap(({ start }, index) => {
    const next = series[index + 1]?.start ?? (isCut({ days }) ? null : end);
    if (next === null) return [];
    const hours = (Date.parse(next) - Date.parse(start)) / hourMs;
    return hours === 24 ? [] : [{ period, start, hours }];
  });
}

/** Whether one period has more days than the other: then a total says less than the days' average. */
export function differInLength({ period1, period2 }: Comparison): boolean {
  return Math.abs(period1.days - period2.days) > 0.02;
}

/** Whether the last day was counted in part only, because one of the periods runs. */
export function isCut({ days }: Pick<Side, "days">): boolean {
  return !Number.isInteger(days);
}

/** The weekday of a period's first day, 0 is Sunday. */
export function firstWeekday({ start }: Side, zone: string): number {
  return new Date(`${localTime(Date.parse(start), zone).day}T00:00:00Z`).getUTCDay();
}

/** The last day of a side, both included, as dates are written. */
export function lastDay({ end }: Side, zone: string): string {
  const { day, minutes } = localTime(Date.parse(end), zone);
  return minutes === 0 ? addDays(day, -1) : day;
}
