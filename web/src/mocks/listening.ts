/** What a listener has listened to, as the API tells it. */
import { http, HttpResponse, type RequestHandler } from "msw";
import type { components } from "@/api/schema";
import { now, playReport, trackId } from "./analytics";

type Schemas = components["schemas"];

const hourMs = 3_600_000;

/** Evenings, and most of all Friday's. */
const clock = Array.from({ length: 7 }, (_, weekday) =>
  Array.from({ length: 24 }, (__, hour) =>
    hour >= 18 && hour < 23 ? 3 + (weekday === 4 ? hour - 16 : 0) : 0,
  ),
);

const months = ["2026-09-01", "2026-10-01", "2026-11-01"];

export const summary: Schemas["ListeningSummary"] = {
  total: { plays: 412, heard_ms: 31 * hourMs + 12 * 60_000, tracks: 57, artists: 14, days: 88 },
  artists: [
    { artist: "Odile Marchetti", tracks: 9, plays: 180, heard_ms: 13 * hourMs },
    { artist: "Teo Brandão", tracks: 4, plays: 60, heard_ms: 4 * hourMs },
    { artist: null, tracks: 1, plays: 3, heard_ms: 600_000 },
  ],
  tracks: [
    {
      track: { id: trackId(0), title: "Undertow", artist: "Odile Marchetti" },
      plays: 41,
      heard_ms: 2 * hourMs,
    },
    {
      track: { id: trackId(1), title: "Salt Roads", artist: "Odile Marchetti" },
      plays: 30,
      heard_ms: hourMs,
    },
  ],
  clock,
  buckets: months.map((start, index) => ({
    start: `${start}T00:00:00Z`,
    end: `${months[index + 1] ?? "2026-12-01"}T00:00:00Z`,
    complete: index < 2,
    partial: index === 2,
    plays: 130,
    heard_ms: (8 + index * 2) * hourMs,
  })),
  streaks: {
    current: { days: 4, first: "2026-11-20", last: "2026-11-23" },
    longest: { days: 12, first: "2026-10-03", last: "2026-10-14" },
  },
};

export const receipt: Schemas["ErasureReceipt"] = {
  id: "01a20947-0000-7000-8000-0000000000ee",
  state: "queued",
  requested_at: new Date(now).toISOString(),
  rows: null,
  done_at: null,
};

/** A history that has been brought in. */
export const importDone: Schemas["ListeningImport"] = {
  id: "01a20947-0000-7000-8000-0000000000dd",
  file_name: "my_spotify_data.zip",
  state: "done",
  begun_at: new Date(now).toISOString(),
  ended_at: new Date(now).toISOString(),
  hearings: 2_000,
  sent: 2_000,
  summary: {
    files: 3,
    tracks: 312,
    counted: 1_480,
    duplicate: 20,
    excluded: [{ reason: "too_short", hearings: 490 }],
    rejected: [
      { code: "too_old", hearings: 6 },
      { code: "out_of_range", hearings: 3 },
    ],
    waiting: 1,
    left_out: { podcasts: 12, audiobooks: 0, untitled: 1 },
  },
  broken: [{ file: "my_spotify_data.zip: endsong_3.json", line: 41, reason: "EOF while parsing a list" }],
  failure: null,
};

/** The same on its way. */
export const importSending: Schemas["ListeningImport"] = {
  ...importDone,
  state: "sending",
  ended_at: null,
  sent: 500,
  summary: null,
  broken: [],
};

/** A page of plays; the first has the summary. */
export function listening(
  query: URLSearchParams,
  changes: Partial<Schemas["Listening"]> = {},
): { data: Schemas["Listening"]; meta: Schemas["ListeningMeta"] } {
  const isFirst = !query.has("cursor");
  const title = isFirst ? "Undertow" : "Salt Roads";
  return {
    data: {
      summary: isFirst ? summary : null,
      plays: [
        {
          ...playReport,
          play_id: `01a20947-0000-7000-8000-0000000000${isFirst ? "aa" : "bb"}`,
          track: { id: trackId(isFirst ? 0 : 1), title, artist: "Odile Marchetti" },
        },
      ],
      erasure: null,
      ...changes,
    },
    meta: {
      next_cursor: isFirst ? "older" : null,
      from: "2025-11-24T00:00:00Z",
      to: "2026-11-24T00:00:00Z",
      tz: query.get("tz") ?? "UTC",
      bucket: "month",
      rule: 1,
      as_of: new Date(now).toISOString(),
    },
  };
}

export const listeningHandlers: RequestHandler[] = [
  http.get("*/api/v1/me/listening", ({ request }) =>
    HttpResponse.json(listening(new URL(request.url).searchParams)),
  ),
  http.get("*/api/v1/me/listening/imports", () =>
    HttpResponse.json({ data: [], meta: { next_cursor: null } }),
  ),
  http.get("*/api/v1/me/listening/export", () => HttpResponse.text("play_id\r\n")),
  http.delete("*/api/v1/me/listening", () => HttpResponse.json({ data: receipt, meta: {} }, { status: 202 })),
  http.get("*/api/v1/me/listening/erasures/:id", () => HttpResponse.json({ data: receipt, meta: {} })),
];
