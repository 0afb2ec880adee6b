/** Numbers, times and names as a reader's locale writes them. The one place that knows Intl.
 *
 * Everywhere a narrow no-break space stands before %, units and the letter of a compact number, and a minus is a minus. */

const narrowSpace = "\u202f";
const minus = "\u2212";

/** A time: RFC 3339, a Date, or a calendar day such as `2026-11-23`, which is the same day in every zone. */
export type Moment = string | Date;

export interface Formats {
  /** The BCP 47 tag in force. */
  locale: string;
  /** The IANA zone in force. */
  zone: string;
  /** `12,408` */
  count: (n: number) => string;
  /** `12.4 k`, for tiles; the exact number belongs beside it on hover. */
  compact: (n: number) => string;
  /** `4.7`: a number with so many digits after the point. */
  decimal: (n: number, digits: number) => string;
  /** `31 %` of a fraction; `digits` after the point, 0 unless told. */
  percent: (fraction: number, digits?: number) => string;
  /** `+12 %` of a fraction: a change always shows its sign. */
  change: (fraction: number) => string;
  /** `−0.8` of a difference between two fractions, in percentage points. */
  points: (difference: number) => string;
  /** `486 h`, `12 min`, `30 s`: a length of time in its largest unit. */
  duration: (ms: number) => string;
  /** `486 h 12 min`: the same in its two largest units. */
  durationExact: (ms: number) => string;
  /** `1 d 04 h`, `3 h 41 min`, `5 min 08 s`: what is left of a time, in its `units` largest units, two unless told. */
  countdown: (ms: number, units?: number) => string;
  /** `3:42`, `1:02:03`: the length of a track. */
  clock: (ms: number) => string;
  /** `412 MB`, in powers of 1,000. */
  bytes: (n: number) => string;
  /** `12.99 €` of 1299 minor units; the currency stands behind, in every language. */
  money: (minor: number, currency: string) => string;
  /** `27 Oct` */
  day: (at: Moment) => string;
  /** `27 Oct 2026` */
  date: (at: Moment) => string;
  /** `Mon 9 Nov` */
  weekday: (at: Moment) => string;
  /** `Monday`, or `Mon` in short. */
  weekdayName: (at: Moment, length?: "long" | "short") => string;
  /** `Nov 2026` */
  month: (at: Moment) => string;
  /** `14:20` */
  time: (at: Moment) => string;
  /** `14:20:08` */
  timeExact: (at: Moment) => string;
  /** `Mon 9 Nov, 18:42` */
  dateTime: (at: Moment) => string;
  /** `27 Oct – 23 Nov 2026`, both days included. */
  dates: (first: Moment, last: Moment) => string;
  /** `Mon 9 Nov, 18:00 – Tue 10 Nov, 06:00`, or the days alone where they are whole. */
  span: (from: Moment, to: Moment) => string;
  /** `3 minutes ago`, `in 2 days`. */
  relative: (at: Moment, now?: Date) => string;
  /** `France` of `FR`. */
  country: (code: string) => string;
  /** `UTC+01:00`: what the zone is ahead of UTC, at this moment. */
  offset: (at?: Moment) => string;
}

interface Part {
  type: string;
  value: string;
}

/** CLDR's letters for English differ by region and by version; here they are those of the metric prefixes, and B, T. */
const compactLetters: Record<string, string> = { K: "k", m: "M", bn: "B", tn: "T" };

/** Joins Intl's parts of a number: a real minus, and the narrow space before what follows the digits. */
function joinNumber(parts: readonly Part[]): string {
  return parts
    .map(({ type, value }, index) => {
      if (type === "minusSign") return minus;
      if (type === "literal" && value.trim() === "") return "";
      if (type === "percentSign" || type === "unit" || type === "compact") {
        const suffix = type === "compact" ? (compactLetters[value] ?? value) : value;
        return index === 0 ? suffix : narrowSpace + suffix;
      }
      return value;
    })
    .join("");
}

const calendarDay = /^\d{4}-\d{2}-\d{2}$/;

function toDate(at: Moment): Date {
  const date = at instanceof Date ? at : new Date(at);
  if (Number.isNaN(date.getTime())) throw new RangeError(`not a time: ${String(at)}`);
  return date;
}

/** `3` → `03` */
const two = (n: number) => String(n).padStart(2, "0");

const byteUnits = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
const countdownUnits = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;
const relativeUnits = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** `dress` goes around every result that holds words or names of units; the pseudo-language brackets it. */
function create(locale: string, zone: string, dress: (text: string) => string): Formats {
  const formatters = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>();

  function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const key = `n${JSON.stringify(options)}`;
    const made =
      (formatters.get(key) as Intl.NumberFormat | undefined) ?? new Intl.NumberFormat(locale, options);
    formatters.set(key, made);
    return made;
  }

  /** A calendar day has no zone: it is read and written in UTC. */
  function times(options: Intl.DateTimeFormatOptions, at: Moment): Intl.DateTimeFormat {
    const timeZone = typeof at === "string" && calendarDay.test(at) ? "UTC" : zone;
    const key = `t${timeZone}${JSON.stringify(options)}`;
    const made =
      (formatters.get(key) as Intl.DateTimeFormat | undefined) ??
      new Intl.DateTimeFormat(locale, { ...options, timeZone });
    formatters.set(key, made);
    return made;
  }

  const number = (n: number, options: Intl.NumberFormatOptions) =>
    joinNumber(numbers(options).formatToParts(n));
  const moment = (at: Moment, options: Intl.DateTimeFormatOptions) =>
    dress(times(options, at).format(toDate(at)));
  const withUnitText = (n: string, unit: string) => dress(n + narrowSpace + unit);
  const withUnit = (n: number, unit: string) => withUnitText(number(n, {}), unit);

  /** A number of two digits at least, where `digits` says so, and its unit's letter. */
  const unitText = (n: number, unit: string, digits: number) => {
    const options = { style: "unit", unit, unitDisplay: "narrow" } as const;
    const letter = numbers(options)
      .formatToParts(n)
      .find(({ type }) => type === "unit")?.value;
    const shown = unit === "minute" ? "min" : (letter ?? unit);
    return withUnitText(number(n, { minimumIntegerDigits: digits }), shown);
  };

  const clockOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const shortDay = { day: "numeric", month: "short" } as const;

  return {
    locale,
    zone,
    count: (n) => number(n, {}),
    compact: (n) => dress(number(n, { notation: "compact", maximumSignificantDigits: 3 })),
    decimal: (n, digits) => number(n, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    percent: (fraction, digits = 0) =>
      number(fraction, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }),
    change: (fraction) => {
      const digits = Math.abs(fraction) < 0.1 ? 1 : 0;
      return number(fraction, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: digits });
    },
    points: (difference) => number(difference * 100, { signDisplay: "exceptZero", maximumFractionDigits: 1 }),

    duration: (ms) => {
      if (ms >= 3_600_000) return withUnit(Math.round(ms / 3_600_000), "h");
      if (ms >= 60_000) return withUnit(Math.round(ms / 60_000), "min");
      return withUnit(Math.round(ms / 1_000), "s");
    },
    durationExact: (ms) => {
      const seconds = Math.round(ms / 1_000);
      const [h, min, s] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60];
      if (h > 0) return `${withUnit(h, "h")} ${withUnit(min, "min")}`;
      if (min > 0) return `${withUnit(min, "min")} ${withUnit(s, "s")}`;
      return withUnit(s, "s");
    },
    countdown: (ms, units = 2) => {
      let rest = Math.max(Math.ceil(ms / 1_000), 0);
      const amounts = countdownUnits.map(([unit, size]) => {
        const amount = Math.floor(rest / size);
        rest %= size;
        return { unit, amount };
      });
      const first = amounts.findIndex(({ amount }) => amount > 0);
      if (first < 0) return unitText(0, "second", 1);
      return amounts
        .slice(first, first + units)
        .map(({ unit, amount }, index) => unitText(amount, unit, index === 0 ? 1 : 2))
        .join(" ");
    },
    clock: (ms) => {
      const seconds = Math.round(ms / 1_000);
      const [h, min, s] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60];
      return h > 0 ? `${h}:${two(min)}:${two(s)}` : `${min}:${two(s)}`;
    },
    bytes: (n) => {
      const step = n < 1 ? 0 : Math.min(Math.floor(Math.log10(n) / 3), byteUnits.length - 1);
      const unit = byteUnits[step] ?? "byte";
      return dress(
        number(n / 1_000 ** step, { style: "unit", unit, unitDisplay: "short", maximumSignificantDigits: 3 }),
      );
    },
    money: (minor, currency) => {
      const style = { style: "currency", currency, currencyDisplay: "narrowSymbol" } as const;
      // How many digits the minor units are: none of a yen, two of a euro.
      const digits = numbers(style).resolvedOptions().maximumFractionDigits ?? 2;
      const parts = numbers(style).formatToParts(minor / 10 ** digits);
      const symbol = parts.find(({ type }) => type === "currency")?.value ?? currency;
      const amount = joinNumber(parts.filter(({ type }) => type !== "currency"));
      return dress(amount + narrowSpace + symbol);
    },

    day: (at) => moment(at, shortDay),
    date: (at) => moment(at, { ...shortDay, year: "numeric" }),
    weekday: (at) => moment(at, { ...shortDay, weekday: "short" }),
    weekdayName: (at, length = "long") => moment(at, { weekday: length }),
    month: (at) => moment(at, { month: "short", year: "numeric" }),
    time: (at) => moment(at, clockOptions),
    timeExact: (at) => moment(at, { ...clockOptions, second: "2-digit" }),
    dateTime: (at) => moment(at, { ...shortDay, weekday: "short", ...clockOptions }),
    dates: (first, last) =>
      dress(times({ ...shortDay, year: "numeric" }, first).formatRange(toDate(first), toDate(last))),
    span: (from, to) => {
      const isMidnight = (at: Moment) => times(clockOptions, at).format(toDate(at)) === "00:00";
      if (isMidnight(from) && isMidnight(to)) {
        const lastMoment = new Date(toDate(to).getTime() - 1);
        return dress(times({ ...shortDay, year: "numeric" }, from).formatRange(toDate(from), lastMoment));
      }
      const options = { ...shortDay, weekday: "short", ...clockOptions } as const;
      return dress(times(options, from).formatRange(toDate(from), toDate(to)));
    },
    relative: (at, now = new Date()) => {
      const seconds = (toDate(at).getTime() - now.getTime()) / 1_000;
      const [unit, size] = relativeUnits.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
      const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
      return dress(words.format(Math.round(seconds / size), unit));
    },

    country: (code) => dress(new Intl.DisplayNames(locale, { type: "region" }).of(code) ?? code),
    offset: (at = new Date()) => {
      const parts = new Intl.DateTimeFormat("en", {
        timeZone: zone,
        timeZoneName: "longOffset",
      }).formatToParts(toDate(at));
      const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
      return name.replace(/^GMT(\+00:00)?/, "UTC").replace("-", minus);
    },
  };
}

const created = new Map<string, Formats>();

/** The formats of a locale and a zone; made once, since Intl's objects are dear. */
export function formatsFor(locale: string, zone: string, dress?: (text: string) => string): Formats {
  const key = `${locale} ${zone} ${dress === undefined ? "" : "dressed"}`;
  const formats = created.get(key) ?? create(locale, zone, dress ?? ((text) => text));
  created.set(key, formats);
  return formats;
}
