/** How reports are put into words: names of values, of buckets, of metrics. */
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { unknown, type FilterName } from "./filters";
import { addDays, localTime } from "./civil";
import { countDays } from "./civil";
import { shiftBefore, type Bucket } from "./period";
import type { Metric, Report } from "./report";

/** Names that the API gives as keys of a closed list. */
const translated = ["device", "channel", "context"] as const;
type Translated = (typeof translated)[number];

function isTranslated(name: FilterName): name is Translated {
  return (translated as readonly string[]).includes(name);
}

/** `direct/direct`: a source that is all of its channel, and has the channel's name. */
function isWholeChannel(source: string): boolean {
  const [channel, name] = source.split("/");
  return name === undefined || name === channel;
}

/** Whether a value's name is data, rather than a word of ours or of the reader's language. */
export function isData(name: FilterName, value: string): boolean {
  if (value === unknown || name === "country" || isTranslated(name)) return false;
  return name !== "source" || !isWholeChannel(value);
}

/** The name of a filter's value: "France" of `FR`, "Phone" of `phone`, "Instagram" of `social/Instagram`. */
export function useValueName(): (name: FilterName, value: string, label?: string) => string {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  return (name, value, label) => {
    if (value === unknown) return t(`analytics.unknown.${name}`);
    if (name === "country") return format.country(value);
    if (name === "region" || name === "city") return label ?? value.split("/").at(-1) ?? value;
    if (isTranslated(name)) {
      const key = `analytics.values.${name}.${value}`;
      return i18n.exists(key) ? t(key as "analytics.values.device.phone") : (label ?? value);
    }
    if (name === "source") {
      const [channel = "", source = ""] = value.split("/");
      const key = `analytics.values.channel.${channel}`;
      return isWholeChannel(value) && i18n.exists(key)
        ? t(key as "analytics.values.channel.direct")
        : (label ?? source);
    }
    return renamed[value] ?? label ?? value;
  };
}

/** What the expressions for user agents still call by an older name. */
const renamed: Record<string, string> = { "Mac OS X": "macOS" };

/** The name of a system or a browser, as its maker has it now. */
export function agentName(name: string): string {
  return renamed[name] ?? name;
}

export interface MetricWords {
  /** On a tile. */
  compact: (value: number) => string;
  /** On hover and in tables. */
  exact: (value: number) => string;
  /** On the axis, of the value that the chart draws. */
  axis: (drawn: number) => string;
  /** From the report's value to the drawn one: heard time is drawn in hours. */
  toDrawn: (value: number) => number;
  /** With its noun: "439 plays". */
  phrase: (value: number) => string;
  wholeNumbers: boolean;
}

const hourMs = 3_600_000;

const unchanged = (value: number) => value;

/** How a metric's numbers are written. */
export function useMetricWords(): Record<Metric, MetricWords> {
  const { t } = useTranslation();
  const format = useFormat();
  const counted = (phrase: (count: number) => string): MetricWords => ({
    compact: format.compact,
    exact: format.count,
    axis: format.compact,
    toDrawn: unchanged,
    phrase,
    wholeNumbers: true,
  });
  const fraction = (phrase: (value: string) => string): MetricWords => ({
    compact: (value) => format.percent(value, 1),
    exact: (value) => format.percent(value, 2),
    axis: (value) => format.percent(value),
    toDrawn: unchanged,
    phrase: (value) => phrase(format.percent(value, 1)),
    wholeNumbers: false,
  });
  return {
    plays: counted((count) => t("analytics.phrases.plays", { count })),
    listeners: counted((count) => t("analytics.phrases.listeners", { count })),
    heard_ms: {
      compact: format.duration,
      exact: format.durationExact,
      axis: (hours) => format.duration(hours * hourMs),
      toDrawn: (ms) => ms / hourMs,
      phrase: (ms) => t("analytics.phrases.heard", { time: format.durationExact(ms) }),
      wholeNumbers: false,
    },
    completion: fraction((share) => t("analytics.phrases.completion", { share })),
    skip_rate: fraction((share) => t("analytics.phrases.skips", { share })),
  };
}

/** A bucket under its dates: on the axis and, longer, in tooltips and tables. */
export function useBucketWords(report: Report): {
  axis: (start: string) => string;
  full: (start: string) => string;
} {
  const format = useFormat(report.zone);
  const severalDays = countDays(report.period.first, report.period.last) > 2;
  const axis: Record<Bucket, (start: string) => string> = {
    hour: severalDays ? format.day : format.time,
    day: format.day,
    week: format.day,
    month: format.month,
  };
  const full: Record<Bucket, (start: string) => string> = {
    hour: format.dateTime,
    day: format.weekday,
    week: (start) => {
      const { day } = localTime(Date.parse(start), report.zone);
      const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
      const end = addDays(day, 6 - weekday);
      return format.dates(
        day,
        end < report.period.last || day > report.period.last ? end : report.period.last,
      );
    },
    month: format.month,
  };
  return { axis: axis[report.bucket], full: full[report.bucket] };
}

/** "against the 28 days before" */
export function useAgainst({ period, preset }: Report): string {
  const { t } = useTranslation();
  const shift = shiftBefore(period, preset);
  if (shift.unit === "days") return t("analytics.against.days", { count: shift.by });
  if (shift.by % 12 === 0) return t("analytics.against.years", { count: shift.by / 12 });
  return t("analytics.against.months", { count: shift.by });
}
