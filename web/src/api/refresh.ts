/** How a session goes on: the refresh cookie is good for one use and gives the next, so two uses at once must never happen. */
import createClient from "openapi-fetch";
import { problemOf } from "./problem";
import type { paths } from "./schema";
import { getSession, setSession, type Session } from "./session";

/** Set while a refresh cookie should exist, so that a visitor's first page doesn't ask for what can't be there. */
const hintKey = "veza.signedIn";

/** Without a token of its own: what is sent here is known by its cookie. */
const client = createClient<paths>({ baseUrl: location.origin, fetch: (request) => fetch(request) });

let underWay: Promise<Session | null> | null = null;

/** Begins or ends the session in this browser. */
export function keepSession(accessToken: string | null): void {
  setSession(accessToken);
  if (accessToken === null) localStorage.removeItem(hintKey);
  else localStorage.setItem(hintKey, "yes");
}

/**
 * Renews the access token by the cookie; whoever asks meanwhile gets the same answer.
 *
 * Resolves to null when the session has ended; rejects when the API could not be asked, and then nothing has changed.
 */
export function refreshSession(): Promise<Session | null> {
  underWay ??= oneTabAtATime(renew).finally(() => {
    underWay = null;
  });
  return underWay;
}

/** The session that this browser still has, if any; asked once, before the first page. */
export async function restoreSession(): Promise<Session | null> {
  return localStorage.getItem(hintKey) === null ? null : refreshSession();
}

/** The API takes the second use of a cookie for a theft. Locks need a secure context; elsewhere tabs take their chance. */
async function oneTabAtATime(work: () => Promise<Session | null>): Promise<Session | null> {
  return "locks" in navigator ? navigator.locks.request("veza.refresh", work) : work();
}

async function renew(): Promise<Session | null> {
  // Kept alive, so that the next cookie arrives even when the page is left meanwhile.
  const { data, error, response } = await client.POST("/api/v1/auth/refresh", {
    keepalive: true,
  });
  if (response.status === 401) {
    keepSession(null);
    return null;
  }
  if (data === undefined) throw problemOf(response, error);
  keepSession(data.data.access_token);
  return getSession();
}
