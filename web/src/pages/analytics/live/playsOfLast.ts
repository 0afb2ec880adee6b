import type { Live } from "../report/queries";
import type { PlaysBehind } from "../report/useReport";

const minuteMs = 60_000;
const quarterMs = 15 * minuteMs;
const dayMs = 24 * 60 * minuteMs;

const iso = (ms: number) => new Date(ms).toISOString();

/** The plays behind a live number: received in so many minutes, begun within the day before, as the API counts them. */
export function playsOfLast(
  minutes: number,
  { until }: Live,
): PlaysBehind & { received_from: string; received_to: string } {
  const end = Date.parse(until);
  return {
    received_from: iso(end - minutes * minuteMs),
    received_to: until,
    from: iso(end - dayMs),
    // Rounded down to the quarter hour, it is still later.
    to: iso(end + quarterMs),
  };
}
