import { useSyncExternalStore } from "react";

const minuteMs = 60_000;
const lookMs = 5_000;

function subscribe(notify: () => void): () => void {
  const timer = setInterval(notify, lookMs);
  return () => clearInterval(timer);
}

/** As a time. */
export const currentMinute = () => Math.floor(Date.now() / minuteMs) * minuteMs;

/** The running minute: whoever shows "today" sees midnight pass. */
export function useMinute(): number {
  return useSyncExternalStore(subscribe, currentMinute);
}
