/** What the public catalog holds, for Listen. */
import { http, HttpResponse, type RequestHandler } from "msw";
import type { components } from "@/api/schema";

type Creator = components["schemas"]["Creator"];

export const creators: Creator[] = [
  { id: 7, name: "Odile M.", tracks: 14, followers: 1_204, created_at: "2026-03-01T09:00:00Z" },
  { id: 8, name: "Teo Brandão", tracks: 1, followers: 0, created_at: "2026-10-01T09:00:00Z" },
];

export const catalogHandlers: RequestHandler[] = [
  http.get("*/api/v1/creators", () => HttpResponse.json({ data: creators, meta: { next_cursor: null } })),
  http.get("*/api/v1/creators/:id", ({ params }) =>
    HttpResponse.json({ data: creators.find(({ id }) => id === Number(params.id)), meta: {} }),
  ),
  http.get("*/api/v1/me/following", () => HttpResponse.json({ data: [], meta: { next_cursor: null } })),
  http.post("*/api/v1/creators/:id/follow", () => new HttpResponse(null, { status: 204 })),
  http.delete("*/api/v1/creators/:id/follow", () => new HttpResponse(null, { status: 204 })),
];
