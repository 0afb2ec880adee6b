/** Calendar days (`2026-11-23`) and times of day in a zone, without the traps of `Date`. */

/** `2026-11-23` */
export type Day = string;

const dayMs = 86_400_000;
const minuteMs = 60_000;
const dayPattern = /^\d{4}-\d{2}-\d{2}$/;

/** The day of a text, or null if it is none: `2026-02-30` is none. */
export function parseDay(text: string | null): Day | null {
  if (text === null || !dayPattern.test(text)) return null;
  const time = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(time) || dayOfUtc(time) !== text ? null : text;
}

function dayOfUtc(time: number): Day {
  return new Date(time).toISOString().slice(0, 10);
}

export function addDays(day: Day, days: number): Day {
  return dayOfUtc(Date.parse(`${day}T00:00:00Z`) + days * dayMs);
}

/** The same day of another month, or its last day: 31 Mar − 1 month is 28 Feb. */
export function addMonths(day: Day, months: number): Day {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const lastOfMonth = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return dayOfUtc(Date.UTC(year, month - 1 + months, Math.min(date, lastOfMonth)));
}

/** How many days, both included. */
export function countDays(first: Day, last: Day): number {
  return Math.round((Date.parse(last) - Date.parse(first)) / dayMs) + 1;
}

/** What the clock of a zone shows. */
export interface LocalTime {
  day: Day;
  /** Minutes since midnight by the clock. */
  minutes: number;
}

/** Making one takes a hundred times as long as using it, and each row of a page asks for today. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "short",
    hourCycle: "h23",
  });
  clocks.set(zone, clock);
  return clock;
}

export function localTime(at: number, zone: string): LocalTime {
  const parts = clockOf(zone).formatToParts(at);
  const part = (type: string) => Number(parts.find((candidate) => candidate.type === type)?.value);
  const day = dayOfUtc(Date.UTC(part("year"), part("month") - 1, part("day")));
  return { day, minutes: part("hour") * 60 + part("minute") };
}

/** When the clock of a zone shows this; a time that it leaps over is taken as late as the leap. */
export function instantOf({ day, minutes }: LocalTime, zone: string): number {
  const asUtc = Date.parse(`${day}T00:00:00Z`) + minutes * minuteMs;
  // The zone's offset is one of those in force a day around.
  const candidates = [asUtc - dayMs, asUtc + dayMs].map((at) => asUtc - offsetAt(at, zone));
  const right = candidates.find((at) => {
    const shown = localTime(at, zone);
    return shown.day === day && shown.minutes === minutes;
  });
  return right ?? Math.max(...candidates);
}

function offsetAt(at: number, zone: string): number {
  const { day, minutes } = localTime(at, zone);
  return Date.parse(`${day}T00:00:00Z`) + minutes * minuteMs - Math.floor(at / minuteMs) * minuteMs;
}

/** Whether this browser can compute with the zone. */
export function isZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}
