/** What a creator has earned, and what the API makes of it. */
import { http, HttpResponse, type RequestHandler } from "msw";
import type { components } from "@/api/schema";
import { addDays } from "@/pages/analytics/report/civil";
import { reportMeta, scopeMeta } from "./analytics";

type Schemas = components["schemas"];

const today = "2026-11-23";

/** A day's net in cents: two days without a sale, a slow rise. */
const netOf = (day: number) => (day === 12 || day === 47 ? 0 : 2_500 + day * 21 + ((day * 7) % 11) * 90);

function projectedDay(day: number, behind: number): Schemas["ProjectedDay"] {
  const fitted = 2_500 + day * 21;
  return {
    date: addDays(today, day - behind),
    net_minor: day < behind ? netOf(day) : null,
    fitted_minor: fitted,
    low_minor: fitted - 2_000,
    high_minor: fitted + 2_000,
    clamped: false,
  };
}

/** Of so many complete days; under 14 there is no line. */
export function projection(behind = 90): Schemas["RevenueProjection"] {
  const isProjected = behind >= 14;
  const all = Array.from({ length: isProjected ? behind + 90 : behind }, (_, day) =>
    projectedDay(day, behind),
  );
  const days = isProjected
    ? all
    : all.map((day) => Object.assign(day, { fitted_minor: null, low_minor: null, high_minor: null }));
  const net = days.reduce((sum, { net_minor }) => sum + (net_minor ?? 0), 0);
  const totals = [
    [30, "2026-12-22", 140_862, 120_582, 161_141],
    [60, "2027-01-21", 300_633, 256_936, 344_330],
    [90, "2027-02-20", 479_315, 404_803, 553_827],
  ] as const;
  return {
    status: isProjected ? "projected" : "insufficient_data",
    currency: "EUR",
    currencies: ["EUR", "USD"],
    n: behind,
    net_minor: net,
    slope: isProjected ? 21 : null,
    r_squared: isProjected ? 0.21 : null,
    typical_distance_minor: isProjected ? 1_056 : null,
    projections: totals.map(([ahead, until, total, low, high]) => ({
      days: ahead,
      until,
      total_minor: isProjected ? total : null,
      low_minor: isProjected ? low : null,
      high_minor: isProjected ? high : null,
      flat_minor: isProjected ? Math.round((net / behind) * ahead) : null,
      clamped: false,
    })),
    days,
  };
}

/** Nothing was ever sold. */
export const nothingSold: Schemas["RevenueProjection"] = {
  ...projection(0),
  currency: null,
  currencies: [],
  net_minor: null,
};

const amounts = (orders: number) => ({
  orders,
  sold_minor: orders * 1_190,
  refunded_minor: orders * 40,
  net_minor: orders * 1_150,
});

export const months: Schemas["RevenueReport"] = {
  currency: "EUR",
  currencies: ["EUR", "USD"],
  buckets: ["2026-08-01", "2026-09-01", "2026-10-01", "2026-11-01"].map((start, index) => {
    const span = {
      start: `${start}T00:00:00Z`,
      end: `${addDays(start, 31)}T00:00:00Z`,
      complete: index < 3,
      partial: index === 3,
    };
    return Object.assign(span, amounts([0, 71, 94, 80][index] ?? 0));
  }),
  total: amounts(245),
};

export const projectionMeta = (query: URLSearchParams): Schemas["ProjectionMeta"] => ({
  tz: query.get("tz") ?? "UTC",
  not_filtered_by: query.has("country") ? ["revenue"] : [],
  ...scopeMeta,
});

export const revenueHandlers: RequestHandler[] = [
  http.get("*/api/v1/analytics/revenue/projection", ({ request }) => {
    const query = new URL(request.url).searchParams;
    const unknown = query.has("country");
    const data = unknown ? { ...nothingSold, status: "not_filtered", n: null } : projection();
    return HttpResponse.json({
      data: { ...data, currency: unknown ? null : (query.get("currency") ?? "EUR") },
      meta: projectionMeta(query),
    });
  }),
  http.get("*/api/v1/analytics/revenue", ({ request }) => {
    const query = new URL(request.url).searchParams;
    return HttpResponse.json({
      data: months,
      meta: { ...reportMeta(query), not_filtered_by: projectionMeta(query).not_filtered_by },
    });
  }),
];
