/** Who is signed in: the access token lives in memory only, the refresh token in an HttpOnly cookie that scripts can't read. */
import { useSyncExternalStore } from "react";

export type Role = "user" | "creator" | "admin";

export interface Session {
  accessToken: string;
  /** The account's id. */
  subject: string;
  role: Role;
}

let current: Session | null = null;
const listeners = new Set<() => void>();

/** The claims of a token that our own API has just issued; they are read, not trusted: the API checks them itself. */
function claimsOf(accessToken: string): { sub: string; role: Role } {
  const payload = accessToken.split(".")[1] ?? "";
  const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
    char.charCodeAt(0),
  );
  return JSON.parse(new TextDecoder().decode(bytes)) as { sub: string; role: Role };
}

export function getSession(): Session | null {
  return current;
}

/** Takes a fresh access token, or `null` when the session has ended. */
export function setSession(accessToken: string | null): void {
  if (accessToken === null) {
    current = null;
  } else {
    const { sub, role } = claimsOf(accessToken);
    current = { accessToken, subject: sub, role };
  }
  for (const notify of listeners) notify();
}

function subscribe(notify: () => void): () => void {
  listeners.add(notify);
  return () => listeners.delete(notify);
}

/** The session, or null for a visitor; re-renders when it begins, ends, or changes its role. */
export function useSession(): Session | null {
  return useSyncExternalStore(subscribe, getSession);
}
