/** What a page of reports is about. All of it is in the address, so that a link shows what its sender saw. */
import { isZone, localTime, parseDay, type Day } from "./civil";
import { botChoices, filterNames, readFilters, type Bots, type Filters } from "./filters";
import {
  boundsOf,
  bucketsFor,
  defaultBucket,
  periodOf,
  presets,
  type Bounds,
  type Bucket,
  type Period,
  type Preset,
} from "./period";

export const metrics = ["plays", "listeners", "heard_ms", "completion", "skip_rate"] as const;
export type Metric = (typeof metrics)[number];

/** What two periods are compared by. */
export const figures = ["plays", "listeners", "revenue", "followers"] as const;
export type Figure = (typeof figures)[number];

export interface Report {
  /** Null: the days were chosen one by one. */
  preset: Preset | null;
  period: Period;
  zone: string;
  bucket: Bucket;
  /** Whether the period before is drawn and compared with. */
  compared: boolean;
  /** What the period is laid beside on the tab of comparisons; null: the one before it. */
  before: Period | null;
  metric: Metric;
  figure: Figure;
  /** Of amounts, ISO 4217; null: the one that the API chooses. */
  currency: string | null;
  /** Whether systems and browsers are told by their versions. */
  versions: boolean;
  filters: Filters;
  bots: Bots;
  /** Only this creator's plays; for administrators. */
  creator: number | null;
}

/** Parts of a report to be changed; a period chosen by hand ends the preset, and the other way round. */
export type ReportChange = Partial<Omit<Report, "period" | "preset">> &
  ({ preset?: Preset; period?: never } | { preset?: never; period?: Period });

const defaultPreset: Preset = "28d";

function oneOf<Value extends string>(values: readonly Value[], text: string | null): Value | null {
  return values.find((value) => value === text) ?? null;
}

/** Reads an address; what it leaves out or gets wrong is as usual. `zone`: where the address names none. */
export function readReport(search: URLSearchParams, zone: string, now: number): Report {
  const chosenZone = search.get("tz");
  const inZone = chosenZone !== null && isZone(chosenZone) ? chosenZone : zone;
  const today = localTime(now, inZone).day;
  const days = readDays(search, "from", "to");
  const preset = days === null ? (oneOf(presets, search.get("range")) ?? defaultPreset) : null;
  const period = days ?? periodOf(preset ?? defaultPreset, today);
  const bucket = bucketsFor(period).find((candidate) => candidate === search.get("bucket"));
  const creator = Number(search.get("creator"));
  return {
    preset,
    period,
    zone: inZone,
    bucket: bucket ?? defaultBucket(period),
    compared: search.get("compare") !== "none",
    before: readDays(search, "before_from", "before_to"),
    metric: oneOf(metrics, search.get("metric")) ?? "plays",
    figure: oneOf(figures, search.get("figure")) ?? "plays",
    currency: currencyOf(search.get("currency")),
    versions: search.get("versions") === "yes",
    filters: readFilters(search),
    bots: oneOf(botChoices, search.get("bots")) ?? "exclude",
    creator: Number.isInteger(creator) && creator > 0 ? creator : null,
  };
}

function currencyOf(text: string | null): string | null {
  return text !== null && /^[A-Z]{3}$/.test(text) ? text : null;
}

function readDays(search: URLSearchParams, from: string, to: string): Period | null {
  const first = parseDay(search.get(from));
  const last = parseDay(search.get(to));
  return first !== null && last !== null && first <= last ? { first, last } : null;
}

/** The address of a page with some of the report changed; everything else in it stays. */
export function changed(search: URLSearchParams, change: ReportChange): URLSearchParams {
  const next = new URLSearchParams(search);
  const set = (name: string, value: string | undefined, usual?: string) => {
    if (value === undefined) return;
    if (value === usual) next.delete(name);
    else next.set(name, value);
  };
  if (change.preset !== undefined || change.period !== undefined) {
    for (const name of ["range", "from", "to", "bucket"]) next.delete(name);
    set("range", change.preset, defaultPreset);
    set("from", change.period?.first);
    set("to", change.period?.last);
  }
  // With a preset comes its own period before.
  const before = change.preset === undefined ? change.before : null;
  if (before !== undefined) {
    for (const name of ["before_from", "before_to"]) next.delete(name);
    set("before_from", before?.first);
    set("before_to", before?.last);
  }
  set("tz", change.zone);
  set("bucket", change.bucket);
  set("compare", change.compared === undefined ? undefined : change.compared ? "before" : "none", "before");
  set("metric", change.metric, "plays");
  set("figure", change.figure, "plays");
  set("currency", change.currency ?? undefined);
  set("versions", change.versions === undefined ? undefined : change.versions ? "yes" : "no", "no");
  set("bots", change.bots, "exclude");
  if (change.filters !== undefined) {
    for (const name of filterNames) {
      next.delete(name);
      for (const value of change.filters[name] ?? []) next.append(name, value);
    }
  }
  if (change.creator !== undefined) {
    if (change.creator === null) next.delete("creator");
    else next.set("creator", String(change.creator));
  }
  return next;
}

/** Filters as the API's parameters. */
export function filterParameters({ filters, bots, creator }: Pick<Report, "filters" | "bots" | "creator">) {
  return {
    ...(filters as { [Name in keyof Filters]: string[] }),
    ...(bots !== "exclude" && { bots }),
    ...(creator !== null && { creator }),
  };
}

/** A report's parameters, over its own period unless told. */
export function reportParameters(report: Report, bounds: Bounds = boundsOf(report.period)) {
  return { ...filterParameters(report), ...bounds, tz: report.zone, bucket: report.bucket };
}

/** The day it is in the report's zone. */
export function todayIn(zone: string, now = Date.now()): Day {
  return localTime(now, zone).day;
}
