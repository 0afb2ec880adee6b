/** What administrators are told of an installation where all is well, at `now`; the same each time. */
import { http, HttpResponse, type RequestHandler } from "msw";
import type { components } from "@/api/schema";
import { addDays, type Day } from "@/pages/analytics/report/civil";
import { now } from "./analytics";

type Schemas = components["schemas"];

/** The running day, in UTC, which is the reporting zone. */
export const today: Day = new Date(now).toISOString().slice(0, 10);

function datesOf(query: URLSearchParams): Day[] {
  const [from, to] = [query.get("from") ?? addDays(today, -28), query.get("to") ?? addDays(today, 1)];
  const dates: Day[] = [];
  for (let date = from; date < to; date = addDays(date, 1)) dates.push(date);
  return dates;
}

/** A number of its own for each day. */
const ofDay = (date: Day, from: number, spread: number) =>
  from + ((Math.floor(Date.parse(date) / 86_400_000) * 37) % spread);

export function users(query: URLSearchParams): Schemas["Users"] {
  const days = datesOf(query).map((date): Schemas["UserDay"] => {
    const dau = ofDay(date, 3_200, 300);
    const mau = ofDay(date, 28_000, 1_000);
    return {
      date,
      complete: date < today,
      dau,
      wau: ofDay(date, 11_000, 900),
      mau,
      stickiness: dau / mau,
      listeners: ofDay(date, 5_000, 700),
    };
  });
  return {
    latest: days.at(-1) ?? null,
    days,
    listeners: { status: "ok", missing: null, why: null },
  };
}

export function signUps(query: URLSearchParams): Schemas["SignUps"] {
  const buckets = datesOf(query).map((date): Schemas["SignUpBucket"] => ({
    start: `${date}T00:00:00Z`,
    end: `${addDays(date, 1)}T00:00:00Z`,
    complete: date < today,
    partial: false,
    signups: ofDay(date, 70, 30),
  }));
  return { total: buckets.reduce((sum, { signups }) => sum + (signups ?? 0), 0), buckets };
}

const elapsed = (returned: number, signups: number): Schemas["RetentionCell"] => ({
  returned,
  rate: returned / signups,
  completes_on: null,
});
const notYet = (date: Day): Schemas["RetentionCell"] => ({
  returned: null,
  rate: null,
  completes_on: date,
});

/** Three weeks: one that is complete, one without a 30th day, and the running one. */
export const retention: Schemas["Retention"] = {
  cohorts: [
    {
      start: "2026-10-12",
      end: "2026-10-19",
      complete: true,
      signups: 600,
      day_1: elapsed(240, 600),
      day_7: elapsed(138, 600),
      day_30: elapsed(84, 600),
    },
    {
      start: "2026-10-19",
      end: "2026-10-26",
      complete: true,
      signups: 400,
      day_1: elapsed(160, 400),
      day_7: elapsed(0, 400),
      day_30: notYet("2026-11-25"),
    },
    {
      start: "2026-11-23",
      end: "2026-11-30",
      complete: false,
      signups: 41,
      day_1: notYet("2026-12-01"),
      day_7: notYet("2026-12-07"),
      day_30: notYet("2026-12-30"),
    },
  ],
  mean: {
    day_1: { rate: 0.4, cohorts: 2, signups: 1_000, returned: 400 },
    day_7: { rate: 0.138, cohorts: 2, signups: 1_000, returned: 138 },
    day_30: { rate: 0.14, cohorts: 1, signups: 600, returned: 84 },
  },
};

const ok = <Value>(value: Value) => ({ status: "ok" as const, missing: null, why: null, value });
export const away = (missing: Schemas["PartSource"]) => ({
  status: "unavailable" as const,
  missing,
  why: `${missing} does not answer; try again`,
  value: null,
});

export const pipeline: Schemas["Pipeline"] = {
  partitions: ok({
    as_of: new Date(now).toISOString(),
    held_back_by: [],
    lag: 214,
    received_per_second: 41.5,
    stored_per_second: 41.4,
    partitions: [0, 1].map((partition) => ({
      partition,
      next_offset: 642_000,
      log_end: 642_107,
      lag: 107,
      oldest_unstored_at: new Date(now - 800).toISOString(),
      seen_at: new Date(now - 400).toISOString(),
      silent: false,
      received_per_second: 20.7,
      stored_per_second: 20.7,
    })),
  }),
  balance: ok({
    since: "2026-10-26T00:00:12Z",
    received: 1_284_906,
    counted: 1_050_000,
    continued: 52_377,
    excluded: 128_440,
    duplicate: 48_731,
    rejected: 5_358,
    difference: 0,
    excluded_by_reason: [
      { key: "too_short", count: 79_812 },
      { key: "bot", count: 48_628 },
    ],
    rejected_by_code: [{ key: "undecodable", count: 5_358 }],
  }),
  unknown: ok({ plays: 1_050_000, country: 0.012, city: 0.2, device: 0.03, source: 0.05, listener: 0.11 }),
  refused: ok({
    accepted: 1_284_906,
    reports: [
      { key: "in_future", count: 2_114 },
      { key: "too_old", count: 1_402 },
    ],
    requests: [{ key: "too_many_requests", count: 12 }],
  }),
  data: ok({ geoip_age_seconds: 86_400 * 12, agents_age_seconds: 86_400 * 40 }),
};

export const rejected: Schemas["RejectedRecord"] = {
  topic_id: "T",
  partition: 2,
  offset: 901,
  at: "2026-11-23T12:00:00Z",
  code: "undecodable",
  reason: "not a PlayReport: buffer underflow",
  what_to_do: "See which producers may write.",
  size: 4,
  hex: "636166FF",
  text: "caf·",
};

export const performance: Schemas["Performance"] = {
  services: [
    { service: "api", instance: "127.0.0.1:9103", up: true },
    { service: "ingest", instance: "127.0.0.1:9101", up: true },
  ],
  routes: [
    {
      service: "api",
      route: "/api/v1/analytics/overview",
      method: "GET",
      requests: 1_204,
      p50_seconds: 0.021,
      p95_seconds: 0.0874,
      error_rate: 0.002,
      series: [0, 1, 2].map((step) => ({
        at: new Date(now - (3 - step) * 60_000).toISOString(),
        requests_per_second: 1,
        p50_seconds: 0.02,
        p95_seconds: 0.08 + step / 100,
        error_rate: 0,
      })),
    },
    {
      service: "api",
      route: "/api/v1/tracks",
      method: "GET",
      requests: 0,
      p50_seconds: null,
      p95_seconds: null,
      error_rate: null,
      series: [],
    },
  ],
};

const sums = (count: number): Schemas["TransactionSums"] => ({
  count,
  gross_minor: count * 1_000,
  discounts_minor: count * 100,
  tax_minor: count * 180,
  paid_minor: count * 1_080,
  refunds_minor: count > 1 ? 1_080 : 0,
  refunded_tax_minor: count > 1 ? 180 : 0,
  net_minor: count * 900 - (count > 1 ? 900 : 0),
  average_ticket_minor: count > 0 ? 1_080 : null,
});

export function transactions(query: URLSearchParams): Schemas["Transactions"] {
  const buckets = datesOf(query).map((date): Schemas["TransactionBucket"] => ({
    start: `${date}T00:00:00Z`,
    end: `${addDays(date, 1)}T00:00:00Z`,
    complete: date < today,
    partial: false,
    sums: sums(2),
  }));
  const groups = query.get("group");
  return {
    currencies: [
      {
        currency: "EUR",
        total: sums(2 * buckets.length),
        buckets,
        groups:
          groups === null
            ? null
            : [{ id: "7", label: groups === "seller" ? "Odile M." : "Salt Roads EP", ...sums(12) }],
        groups_rest: null,
      },
    ],
  };
}

export const dispute: Schemas["Dispute"] = {
  id: "01a20947-0000-7000-8000-00000000d15b",
  order_id: "01a20947-0000-7000-8000-000000000077",
  titles: ["Salt Roads EP"],
  reason: "corrupt_file",
  status: "seller_responded",
  resolution: null,
  refunded_minor: null,
  currency: "EUR",
  total_minor: 1_439,
  left_minor: 1_439,
  buyer_name: "Teo Brandão",
  seller_id: 7,
  seller_name: "Odile M.",
  created_at: "2026-11-20T10:00:00Z",
  respond_until: "2026-11-23T10:00:00Z",
  responded_at: "2026-11-21T09:00:00Z",
  resolved_at: null,
  messages: 1,
  details: "The third file stops after a minute.",
  side: "admin",
  actions: ["message", "review", "resolve"],
  history: [
    {
      kind: "opened",
      at: "2026-11-20T10:00:00Z",
      side: "buyer",
      name: "Teo Brandão",
      text: "The third file stops after a minute.",
      resolution: null,
      amount_minor: null,
    },
    {
      kind: "responded",
      at: "2026-11-21T09:00:00Z",
      side: "seller",
      name: "Odile M.",
      text: "I have uploaded it again.",
      resolution: null,
      amount_minor: null,
    },
  ],
};

const daysMeta = { from: today, to: today, tz: "UTC" };
const answer = (data: object, meta: object = daysMeta) => HttpResponse.json({ data, meta });
const queryOf = ({ url }: Request) => new URL(url).searchParams;

export const adminHandlers: RequestHandler[] = [
  http.get("*/api/v1/admin/disputes", () => answer([dispute], { next_cursor: null })),
  http.post("*/api/v1/admin/disputes/:id/review", () => answer({ ...dispute, status: "under_review" }, {})),
  http.post("*/api/v1/admin/disputes/:id/resolve", () => answer({ ...dispute, status: "resolved" }, {})),
  http.get("*/api/v1/admin/analytics/users", ({ request }) => answer(users(queryOf(request)))),
  http.get("*/api/v1/admin/analytics/signups", ({ request }) => answer(signUps(queryOf(request)))),
  http.get("*/api/v1/admin/analytics/retention", () => answer(retention)),
  http.get("*/api/v1/admin/analytics/transactions", ({ request }) => answer(transactions(queryOf(request)))),
  http.get("*/api/v1/admin/analytics/performance", () => answer(ok(performance))),
  http.get("*/api/v1/admin/analytics/pipeline", () => answer(pipeline)),
  http.get("*/api/v1/admin/analytics/pipeline/rejected", () => answer([rejected], { next_cursor: null })),
  http.get("*/api/v1/admin/analytics/pipeline/plays/:id", () =>
    HttpResponse.json(
      {
        type: "about:blank",
        title: "Not found",
        status: 404,
        code: "not_found",
        detail: "there is no such play",
      },
      { status: 404, headers: { "Content-Type": "application/problem+json" } },
    ),
  ),
];
