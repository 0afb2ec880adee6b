import { useSyncExternalStore } from "react";

const minuteMs = 60_000;
const lookMs = 5_000;

function subscribe(notify: () => void): () => void {
  const timer = setInterval(notify, lookMs);
  return () => clearInterval(timer);
}

const currentMinute = () => Math.floor(Date.now() / minuteMs) * minuteMs;

/** The running minute, as a time: whoever shows "today" sees midnight pass. */
export function useMinute(): number {
  return useSyncExternalStore(subscribe, currentMinute);
}
