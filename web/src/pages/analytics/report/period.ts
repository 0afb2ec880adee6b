/** What a report covers, and what it is compared with. */
import { addDays, addMonths, countDays, instantOf, localTime, type Day } from "./civil";

/** Days as a person chooses them: both included. */
export interface Period {
  first: Day;
  last: Day;
}

export const presets = ["today", "7d", "28d", "month", "90d", "1y"] as const;
export type Preset = (typeof presets)[number];

/** The days of a preset: they end with today, which runs. */
export function periodOf(preset: Preset, today: Day): Period {
  const first = {
    today,
    "7d": addDays(today, -6),
    "28d": addDays(today, -27),
    month: `${today.slice(0, 7)}-01`,
    "90d": addDays(today, -89),
    "1y": addDays(addMonths(today, -12), 1),
  }[preset];
  return { first, last: today };
}

export const buckets = ["hour", "day", "week", "month"] as const;
export type Bucket = (typeof buckets)[number];

const hoursUpToDays = 92;

/** Units that make sense for so many days; the API takes hours up to 92 days. */
export function bucketsFor({ first, last }: Period): Bucket[] {
  const days = countDays(first, last);
  return buckets.filter(
    (bucket) =>
      (bucket === "hour" && days <= Math.min(31, hoursUpToDays)) ||
      (bucket === "day" && days > 1 && days <= 400) ||
      (bucket === "week" && days > 13) ||
      (bucket === "month" && days > 59),
  );
}

/** The unit unless another is chosen: as the API has it. */
export function defaultBucket({ first, last }: Period): Bucket {
  const days = countDays(first, last);
  if (days <= 2) return "hour";
  return days <= hoursUpToDays ? "day" : "month";
}

/** By how much the earlier period lies before. */
export type Shift = { unit: "days"; by: number } | { unit: "months"; by: number };

/**
 * The distance to the period before: whole months are compared with whole months and a year with the year before, so that
 * a month's line lies over a month's; this month so far with as much of the month before; anything else with as many days.
 */
export function shiftBefore({ first, last }: Period, preset: Preset | null = null): Shift {
  if (preset === "month") return { unit: "months", by: 1 };
  const months = monthsFrom(first, last);
  return months === null ? { unit: "days", by: countDays(first, last) } : { unit: "months", by: months };
}

/** How many whole months from the first day's date, up to the day before the same date; null if it doesn't come out even. */
function monthsFrom(first: Day, last: Day): number | null {
  const end = addDays(last, 1);
  const [endYear = 0, endMonth = 0] = end.split("-").map(Number);
  const [year = 0, month = 0] = first.split("-").map(Number);
  const months = (endYear - year) * 12 + endMonth - month;
  const beginsAMonth = first.endsWith("-01");
  const isEven = months > 0 && addMonths(first, months) === end && addMonths(end, -months) === first;
  return isEven && (beginsAMonth || months % 12 === 0) ? months : null;
}

export function moveBack(day: Day, shift: Shift): Day {
  return shift.unit === "days" ? addDays(day, -shift.by) : addMonths(day, -shift.by);
}

export function periodBefore(period: Period, preset: Preset | null = null): Period {
  const shift = shiftBefore(period, preset);
  return {
    first: moveBack(period.first, shift),
    last: addDays(moveBack(addDays(period.last, 1), shift), -1),
  };
}

const quarterMs = 900_000;

/** Half-open bounds of requests: days, or instants in RFC 3339. */
export interface Bounds {
  from: string;
  to: string;
}

/** How two periods are compared fairly. */
export interface Comparison {
  /** What the earlier period is asked for. */
  earlier: Bounds;
  /** While the period runs: both are counted until then only, the later one by `bounds`. */
  cut: { at: string; bounds: Bounds } | null;
}

/**
 * The earlier period's bounds. While the period runs, both end at the same time of day: the last quarter hour that is
 * counted whole (requests go by quarter hours). Null where nothing is counted yet.
 */
export function comparisonOf(
  period: Period,
  zone: string,
  asOf: string,
  preset: Preset | null = null,
): Comparison | null {
  const shift = shiftBefore(period, preset);
  const from = moveBack(period.first, shift);
  const end = addDays(period.last, 1);
  const countedUntil = Math.floor(Date.parse(asOf) / quarterMs) * quarterMs;
  if (countedUntil >= instantOf({ day: end, minutes: 0 }, zone)) {
    return { earlier: { from, to: moveBack(end, shift) }, cut: null };
  }
  if (countedUntil <= instantOf({ day: period.first, minutes: 0 }, zone)) return null;
  const { day, minutes } = localTime(countedUntil, zone);
  const to = instantOf({ day: moveBack(day, shift), minutes }, zone);
  const at = new Date(countedUntil).toISOString();
  return {
    earlier: { from, to: new Date(to).toISOString() },
    cut: { at, bounds: { from: period.first, to: at } },
  };
}

/** The bounds under which a period is asked for. */
export function boundsOf({ first, last }: Period): Bounds {
  return { from: first, to: addDays(last, 1) };
}
