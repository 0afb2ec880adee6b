/** What time it is for the server: countdowns end when it says so, however wrong this device's clock is. */
import { useEffect, useState } from "react";

/** What the server's clock is ahead of this device's, in ms. */
let ahead = 0;

/** Learns from an answer that says what time it was on the server; `askedAt` is when its question left, by `Date.now()`. */
export function learnServerTime(serverTime: string, askedAt: number, answeredAt = Date.now()): void {
  // Half the way there and back: the answer was written about in the middle.
  ahead = Date.parse(serverTime) - (askedAt + answeredAt) / 2;
}

/** Now, by the server's clock, in ms. */
export function serverNow(): number {
  return Date.now() + ahead;
}

/** Now, by the server's clock, again each second while the page is seen. */
export function useServerNow(): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") setNow(serverNow());
    }, 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
