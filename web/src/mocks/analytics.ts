/** The reports of a creator with 12,000 plays a month, as the API would answer them at `now`; the same each time. */
import { http, HttpResponse, type RequestHandler } from "msw";
import type { components } from "@/api/schema";
import { addDays, instantOf, localTime } from "@/pages/analytics/report/civil";

type Schemas = components["schemas"];

/** Monday afternoon in Paris. */
export const now = Date.parse("2026-11-23T13:20:08Z");

const hourMs = 3_600_000;
const asOf = new Date(now).toISOString();

export function reportMeta(query: URLSearchParams): Schemas["ReportMeta"] {
  const zone = query.get("tz") ?? "UTC";
  const [from, to] = [boundOf(query.get("from"), zone), boundOf(query.get("to"), zone)];
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    tz: zone,
    bucket: (query.get("bucket") ?? "day") as Schemas["Bucket"],
    ...scopeMeta,
  };
}

export const scopeMeta: Schemas["ScopeMeta"] = {
  filters: {} as Schemas["FilterEcho"],
  creator: 7,
  rule: 1,
  as_of: asOf,
  held_back_by: [],
  without_listener: 12,
};

function boundOf(text: string | null, zone: string): number {
  if (text === null) throw new Error("the page says from and to");
  return text.length === 10 ? instantOf({ day: text, minutes: 0 }, zone) : Date.parse(text);
}

/** Starts of the buckets between two times, by the zone's days or by the hour. */
function starts(from: number, to: number, zone: string, bucket: string): number[] {
  const all: number[] = [];
  if (bucket === "hour") {
    for (let at = from; at < to; at += hourMs) all.push(at);
    return all;
  }
  const step = { day: 1, week: 7, month: 30 }[bucket] ?? 1;
  let { day } = localTime(from, zone);
  for (let at = from; at < to; at = instantOf({ day, minutes: 0 }, zone)) {
    all.push(at);
    day = addDays(day, step);
  }
  return all;
}

/** Plays of a full bucket: more at the weekend, and a release in the second week. */
function playsAt(at: number, lengthMs: number): number {
  const day = Math.floor(at / (24 * hourMs));
  const weekend = [2, 3].includes(day % 7) ? 1.35 : 1;
  const release = 1 + 0.8 * Math.exp(-(((day - Math.floor(now / (24 * hourMs)) + 16) / 2.5) ** 2));
  const rhythm = 1 + 0.12 * Math.sin(day * 2.1);
  return Math.round(((380 * lengthMs) / (24 * hourMs)) * weekend * release * rhythm);
}

const nothingKnown: Schemas["Measures"] = {
  plays: null,
  listeners: null,
  heard_ms: null,
  completion: null,
  skip_rate: null,
};

function measures(plays: number): Schemas["Measures"] {
  const wave = Math.sin(plays) / 40;
  return {
    plays,
    listeners: Math.round(plays * 0.63),
    heard_ms: plays * 141_000,
    completion: plays === 0 ? null : 0.614 + wave,
    skip_rate: plays === 0 ? null : 0.142 - wave / 2,
  };
}

export function overview(query: URLSearchParams): Schemas["Overview"] {
  const { from, to, tz, bucket } = reportMeta(query);
  const edges = [...starts(Date.parse(from), Date.parse(to), tz, bucket), Date.parse(to)];
  const buckets = edges.slice(0, -1).map((start, index): Schemas["MeasuredBucket"] => {
    const end = edges[index + 1] ?? start;
    const counted = Math.min(end, now) - start;
    const span = {
      start: new Date(start).toISOString(),
      end: new Date(end).toISOString(),
      complete: end <= now,
      partial: false,
    };
    return Object.assign(span, counted > 0 ? measures(playsAt(start, counted)) : nothingKnown);
  });
  const all = buckets.reduce((sum, { plays }) => sum + (plays ?? 0), 0);
  return {
    buckets,
    total: { ...measures(all), listeners: Math.round(all * 0.33), completion: 0.614, skip_rate: 0.142 },
  };
}

const total: Schemas["Counts"] = { plays: 12_408, listeners: 4_126 };

/** Entries by their plays, with their share of the total. */
function entries(plays: Record<string, number>): Schemas["Entry"][] {
  return Object.entries(plays).map(([key, count]) => ({
    key,
    label: key.split("/").at(-1) ?? key,
    plays: count,
    listeners: Math.round(count / 3),
    share: count / (total.plays ?? 1),
  }));
}

const counts = (plays: number): Schemas["Counts"] => ({ plays, listeners: Math.round(plays / 3) });
const rest = (count: number, plays: number): Schemas["Rest"] => ({ count, ...counts(plays) });

const countries = entries({
  FR: 3_846,
  DE: 1_489,
  GB: 1_057,
  US: 908,
  BE: 690,
  CA: 653,
  ES: 596,
  IT: 559,
  NL: 497,
  CH: 435,
  PL: 285,
  BR: 261,
  SE: 223,
  PT: 199,
  JP: 174,
  MX: 136,
  AU: 124,
  SG: 89,
});

const regions = entries({
  "FR/Île-de-France": 1_384,
  "FR/Auvergne-Rhône-Alpes": 577,
  "FR/Occitanie": 346,
});
const cities = entries({
  "FR/Île-de-France/Paris": 1_038,
  "FR/Auvergne-Rhône-Alpes/Lyon": 269,
  "FR/Occitanie/Toulouse": 192,
});

export function geography(query: URLSearchParams): Schemas["Geography"] {
  const inFrance = query.getAll("country").join() === "FR";
  return {
    countries: inFrance ? countries.slice(0, 1) : countries,
    rest: rest(0, 0),
    unknown: counts(inFrance ? 0 : 187),
    total: inFrance ? counts(3_846) : total,
    regions: inFrance ? regions : null,
    regions_rest: inFrance ? rest(8, 1_350) : null,
    regions_unknown: inFrance ? counts(189) : null,
    cities: inFrance ? cities : null,
    cities_rest: inFrance ? rest(212, 2_078) : null,
    cities_unknown: inFrance ? counts(269) : null,
  };
}

export const demographics: Schemas["Demographics"] = {
  devices: entries({ phone: 7_197, computer: 3_474, tablet: 620, speaker: 496, tv: 372 }),
  rest: rest(0, 0),
  unknown: counts(249),
  total,
  systems: entries({ iOS: 4_219, Android: 3_598, Windows: 2_109, "Mac OS X": 1_241, Linux: 620 }),
  systems_rest: rest(2, 372),
  systems_unknown: counts(249),
  browsers: entries({ "Mobile Safari": 4_591, "Chrome Mobile": 3_474, Chrome: 2_109, Firefox: 1_117 }),
  browsers_rest: rest(6, 868),
  browsers_unknown: counts(249),
  system_versions: null,
  system_versions_rest: null,
  system_versions_unknown: null,
  browser_versions: null,
  browser_versions_rest: null,
  browser_versions_unknown: null,
};

/** What is told besides, if it is asked for. */
export const versions: Partial<Schemas["Demographics"]> = {
  system_versions: [version("iOS", "26.1", 3_100), version("Mac OS X", "26", 900)],
  system_versions_rest: rest(9, 7_900),
  system_versions_unknown: counts(508),
  browser_versions: [version("Firefox", "140", 700)],
  browser_versions_rest: rest(20, 11_200),
  browser_versions_unknown: counts(508),
};

function version(name: string, number: string, plays: number): Schemas["VersionEntry"] {
  const [entry] = entries({ [`${name}/${number}`]: plays });
  if (entry === undefined) throw new Error("one entry comes of one");
  return { ...entry, label: `${name} ${number}`, name, version: number };
}

const sources = entries({
  "social/Instagram": 2_730,
  "direct/direct": 2_357,
  "internal/internal": 1_737,
  "search/Google": 1_365,
  "video/YouTube": 993,
  "social/TikTok": 744,
  "email/newsletter": 496,
  "ai/ChatGPT": 397,
  "social/Reddit": 323,
}).map((entry) => Object.assign(entry, { channel: entry.key.split("/")[0] ?? "" }));

export const trafficSources: Schemas["TrafficSources"] = {
  sources,
  rest: rest(33, 1_092),
  unknown: counts(174),
  total,
  channels: entries({ social: 3_797, direct: 2_357, internal: 1_737, search: 1_700, video: 993 }),
  channels_rest: rest(0, 0),
  channels_unknown: counts(174),
  contexts: entries({ profile: 5_100, playlist: 3_300, search: 1_800, embed: 900 }),
  contexts_rest: rest(0, 0),
  contexts_unknown: counts(1_308),
  campaigns: entries({ "undertow-release": 1_210 }),
  campaigns_rest: rest(0, 0),
  campaigns_unknown: counts(11_198),
};

const titles = ["Undertow", "Salt Roads", "Night Ferry", "Paper Lanterns", "Glass Harbour", "Low Tide"];
export const trackId = (index: number) => `01a20947-0000-7000-8000-${String(index + 1).padStart(12, "0")}`;

export const tracks: Schemas["Tracks"] = {
  tracks: titles.map((label, index) => {
    const count = [3_102, 2_233, 1_613, 1_241, 993, 868][index] ?? 0;
    return {
      key: trackId(index),
      label,
      artist: "Odile Marchetti",
      released_at: `2026-0${index + 3}-06T00:00:00Z`,
      plays: count,
      listeners: Math.round(count / 3),
      share: count / (total.plays ?? 1),
      days: Array.from({ length: 28 }, (_, day) => ({
        day,
        start: `2026-11-23T00:00:00Z`,
        complete: index > 0 || day < 17,
        plays: Math.round((400 - index * 50) * Math.exp(-day / 9) + 20),
      })),
    };
  }),
  rest: rest(8, 2_358),
  unknown: counts(0),
  total,
};

export const playReport: Schemas["PlayReport"] = {
  play_id: "01a20947-0000-7000-8000-0000000000aa",
  seq: 1,
  track: { id: trackId(0), title: "Undertow", artist: "Odile Marchetti" },
  started_at: "2026-11-23T13:17:00Z",
  received_at: "2026-11-23T13:18:02Z",
  listener: "5b1c2f0a9e77d310",
  country: "FR",
  region: "Bretagne",
  city: "Brest",
  device: "phone",
  os: "iOS",
  os_version: "26.1",
  browser: "Mobile Safari",
  browser_version: "26",
  channel: "social",
  source: "social/Instagram",
  context: "profile",
  campaign: null,
  page: "/undertow",
  heard_ms: 30_000,
  heard_before_ms: 30_000,
  heard_basis: "measured",
  duration_ms: 222_000,
  ended: false,
  outcome: "counted",
  reason: null,
  completed: false,
  skipped: false,
  bot: false,
  imported: false,
  rule: 1,
};

/** What a list of rows holds: one counted play, and with `outcome` what did not count too. */
export function playReports(query: URLSearchParams): Schemas["PlayReport"][] {
  if (!query.has("outcome")) return [playReport];
  return [
    playReport,
    { ...playReport, seq: 2, outcome: "continued" },
    {
      ...playReport,
      seq: 3,
      country: null,
      region: null,
      city: null,
      outcome: "excluded",
      reason: "too_short",
    },
  ];
}

export const live: Schemas["Live"] = {
  until: new Date(now).toISOString(),
  minutes: Array.from({ length: 30 }, (_, index) => ({
    start: new Date(now - (29 - index) * 60_000).toISOString(),
    complete: index < 29,
    plays: index % 3,
  })),
  last_5: { plays: 3, listeners: 3 },
  last_30: { plays: 30, listeners: 21 },
  tracks: [
    { track: { id: trackId(0), title: "Undertow", artist: "Odile Marchetti" }, plays: 21 },
    { track: { id: trackId(1), title: "Salt Roads", artist: "Odile Marchetti" }, plays: 6 },
  ],
};

export const excluded: Schemas["Excluded"] = {
  received: 15_000,
  counted: 12_408,
  continued: 1_500,
  excluded: 1_000,
  duplicate: 92,
  reasons: [
    { reason: "too_short", reports: 620, share: 0.62 },
    { reason: "bot", reports: 300, share: 0.3 },
    { reason: "own_play", reports: 80, share: 0.08 },
  ],
};

const dayMs = 24 * hourMs;

/** One period of a comparison, day by day, as far as it has been counted. */
function figures(start: number, end: number, zone: string, followers: number): Schemas["PeriodFigures"] {
  const days = starts(start, end, zone, "day");
  const series = days.map((at, day) => {
    const next = Math.min(days[day + 1] ?? end, end);
    const plays = playsAt(at, next - at);
    return {
      day,
      start: new Date(at).toISOString(),
      complete: next <= now,
      plays,
      listeners: Math.round(plays * 0.6),
      revenue_minor: null,
      followers: Math.round(followers / days.length),
    };
  });
  const plays = series.reduce((sum, day) => sum + day.plays, 0);
  const sums = { plays, listeners: Math.round(plays * 0.33), revenue_minor: null, followers };
  const length = days.length - 1 + (end - (days.at(-1) ?? end)) / dayMs;
  const whole = Math.abs(length - Math.round(length)) < 0.05 ? Math.round(length) : length;
  return {
    ...sums,
    start: new Date(start).toISOString(),
    end: new Date(end).toISOString(),
    days: whole,
    complete: end <= now,
    per_day: {
      plays: plays / whole,
      listeners: sums.listeners / whole,
      revenue_minor: null,
      followers: followers / whole,
    },
    series,
  };
}

/** Two periods; a running one, and the other with it, is cut at the last quarter hour. */
export function compare(query: URLSearchParams): Schemas["Comparison"] {
  const zone = query.get("tz") ?? "UTC";
  const [start1, end1, start2, end2] = ["period1_start", "period1_end", "period2_start", "period2_end"].map(
    (name) => boundOf(query.get(name), zone),
  ) as [number, number, number, number];
  const elapsed = end2 > now ? Math.floor(now / 900_000) * 900_000 - start2 : Infinity;
  const period1 = figures(start1, Math.min(end1, start1 + elapsed), zone, 187);
  const period2 = figures(start2, Math.min(end2, start2 + elapsed), zone, 214);
  const change = (first: Schemas["Fractions"], second: Schemas["Fractions"]): Schemas["Fractions"] => {
    const of = (name: keyof Schemas["Fractions"]) => {
      const [a, b] = [first[name], second[name]];
      return a === null || b === null || a <= 0 ? null : (b - a) / a;
    };
    return {
      plays: of("plays"),
      listeners: of("listeners"),
      revenue_minor: of("revenue_minor"),
      followers: of("followers"),
    };
  };
  return {
    currency: null,
    period1,
    period2,
    change: { ...change(period1, period2), per_day: change(period1.per_day, period2.per_day) },
  };
}

/** A report under an address, by the query that asks for it. */
function report(name: string, data: (query: URLSearchParams) => unknown): RequestHandler {
  return http.get(`*/api/v1/analytics/${name}`, ({ request }) => {
    const query = new URL(request.url).searchParams;
    if (request.headers.get("Accept") === "text/csv") {
      return HttpResponse.text("dimension,key\r\n", { headers: { "Content-Type": "text/csv" } });
    }
    return HttpResponse.json({ data: data(query), meta: reportMeta(query) });
  });
}

export const analyticsHandlers: RequestHandler[] = [
  report("overview", overview),
  report("geography", geography),
  report("demographics", (query) =>
    query.has("versions") ? { ...demographics, ...versions } : demographics,
  ),
  http.get("*/api/v1/analytics/export", () => HttpResponse.text("play_id\r\n")),
  report("traffic-sources", () => trafficSources),
  report("tracks", () => tracks),
  report("excluded", () => excluded),
  http.get("*/api/v1/analytics/compare", ({ request }) => {
    const query = new URL(request.url).searchParams;
    return HttpResponse.json({
      data: compare(query),
      meta: { tz: query.get("tz") ?? "UTC", not_filtered_by: [], ...scopeMeta },
    });
  }),
  http.get("*/api/v1/analytics/live", () => HttpResponse.json({ data: live, meta: scopeMeta })),
  http.get("*/api/v1/analytics/plays", ({ request }) => {
    const query = new URL(request.url).searchParams;
    return HttpResponse.json({
      data: playReports(query),
      meta: { next_cursor: null, outcomes: ["counted"], ...reportMeta(query) },
    });
  }),
];
