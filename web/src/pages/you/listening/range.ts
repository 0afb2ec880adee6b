/** Which time of one's listening is shown; it is in the address. */
import { addDays, addMonths, type Day } from "@/pages/analytics/report/civil";
import { boundsOf, type Bounds } from "@/pages/analytics/report/period";

export const ranges = ["28d", "90d", "1y", "all"] as const;
export type ListeningRange = (typeof ranges)[number];

export const usualRange: ListeningRange = "1y";

/** What one report may cover at most. */
const mostYears = 20;

export function readRange(search: URLSearchParams): ListeningRange {
  return ranges.find((range) => range === search.get("range")) ?? usualRange;
}

/** The days of a range: they end with today. */
export function boundsOfRange(range: ListeningRange, today: Day): Bounds {
  const first = {
    "28d": addDays(today, -27),
    "90d": addDays(today, -89),
    "1y": addDays(addMonths(today, -12), 1),
    all: addDays(addMonths(today, -12 * mostYears), 1),
  }[range];
  return boundsOf({ first, last: today });
}
