import { randomUuid } from "./uuid";

const LISTENER_KEY = "veza:listener";

/** Whether this browser asks not to be followed: Do Not Track or Global Privacy Control. */
export function asksForPrivacy(navigator: Navigator): boolean {
  return (
    navigator.doNotTrack === "1" ||
    (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true
  );
}

/**
 * The opaque id of this browser's anonymous listener: random, kept in `localStorage`, telling nothing about anybody.
 * Under Do Not Track or Global Privacy Control there is none, and one from before is forgotten.
 */
export function anonymousListener(navigator: Navigator, storage: Storage | null): string | undefined {
  try {
    if (asksForPrivacy(navigator)) {
      storage?.removeItem(LISTENER_KEY);
      return undefined;
    }
    const known = storage?.getItem(LISTENER_KEY);
    if (known) return known;
    const fresh = randomUuid();
    storage?.setItem(LISTENER_KEY, fresh);
    // Without a place to keep it, each page would be another listener: then rather none.
    return storage ? fresh : undefined;
  } catch {
    return undefined;
  }
}

/** The account that a token speaks for (its claim `sub`); null if it can't be read. The token is not checked here. */
export function subjectOf(token: string): string | null {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const { sub } = JSON.parse(atob(payload)) as { sub?: unknown };
    return typeof sub === "string" ? sub : null;
  } catch {
    return null;
  }
}
