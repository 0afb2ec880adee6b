/** What the tests of reports have in common: the time it is, a card by its question, and what was asked of the API. */
import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { afterEach, beforeEach, vi } from "vitest";
import { now, reportMeta } from "./analytics";
import { server } from "./server";

/** It is Monday afternoon in Paris, as the answers have it. */
export function atTheTimeOfTheAnswers(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now });
  });
  afterEach(() => {
    vi.useRealTimers();
    server.events.removeAllListeners();
  });
}

export const card = (name: string | RegExp) => screen.findByRole("region", { name });

export const queryOf = ({ url }: Request) => new URL(url).searchParams;

/** Answers a report with its usual answer, changed. */
export function answer(name: string, data: (query: URLSearchParams) => object, meta: object = {}): void {
  server.use(
    http.get(`*/api/v1/analytics/${name}`, ({ request }) => {
      const query = queryOf(request);
      const ranged = query.has("from") ? reportMeta(query) : scopeOf(query);
      return HttpResponse.json({ data: data(query), meta: { ...ranged, ...meta } });
    }),
  );
}

/** The `meta` of reports that have no range of their own. */
function scopeOf(query: URLSearchParams) {
  const {
    from: _,
    to: __,
    bucket: ___,
    ...scope
  } = reportMeta(new URLSearchParams({ from: "2026-11-23", to: "2026-11-24", tz: query.get("tz") ?? "UTC" }));
  return { ...scope, not_filtered_by: [] };
}

/** Every request for a report from here on. */
export function asked(name: string): URLSearchParams[] {
  const queries: URLSearchParams[] = [];
  server.events.on("request:start", ({ request }) => {
    if (new URL(request.url).pathname === `/api/v1/analytics/${name}`) queries.push(queryOf(request));
  });
  return queries;
}
