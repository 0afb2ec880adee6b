/** The API where all is well: a creator with one track is signed in. */
import { http, HttpResponse, type RequestHandler } from "msw";
import { adminHandlers } from "./admin";
import { analyticsHandlers } from "./analytics";
import { account, installation, track } from "./answers";
import { catalogHandlers } from "./catalog";
import { listeningHandlers } from "./listening";
import { afterSaleHandlers, marketHandlers } from "./market";
import { revenueHandlers } from "./revenue";
import { accessTokenOf } from "./token";

const session = { access_token: accessTokenOf("creator"), refresh_token: null, expires_in: 900 };

/** A success, as the API wraps it. */
export function reply(data: unknown, meta: object = {}, init?: ResponseInit) {
  return HttpResponse.json({ data, meta }, init);
}

/** A refusal or failure, as the API wraps it. */
export function refuse(problem: { status: number }, headers: Record<string, string> = {}) {
  return HttpResponse.json(problem, {
    status: problem.status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });
}

export const handlers: RequestHandler[] = [
  http.get("*/api/v1/config", () => reply(installation)),
  http.post("*/api/v1/auth/login", () => reply(session)),
  http.post("*/api/v1/auth/refresh", () => reply(session)),
  http.post("*/api/v1/auth/logout", () => new HttpResponse(null, { status: 204 })),
  http.get("*/api/v1/me", () => reply(account)),
  http.get("*/api/v1/tracks", () => reply([track], { next_cursor: null })),
  http.get("*/api/v1/tracks/:id", () => reply(track)),
  ...catalogHandlers,
  ...marketHandlers,
  ...afterSaleHandlers,
  ...analyticsHandlers,
  ...adminHandlers,
  ...listeningHandlers,
  ...revenueHandlers,
];
