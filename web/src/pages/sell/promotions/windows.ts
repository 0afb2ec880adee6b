/** Windows of promotions on a time line, and where they can go: never over another one of the same product. All in ms. */

export interface TimeWindow {
  startsAt: number;
  endsAt: number;
}

const hour = 3_600_000;

/** The shortest that can be dragged; the form takes shorter ones. */
export const shortest = hour;
/** Ends that are dragged fall on whole steps. */
export const step = hour;

/** Whether two windows share a moment; one may begin as the other ends. */
export function overlap(a: TimeWindow, b: TimeWindow): boolean {
  return a.startsAt < b.endsAt && b.startsAt < a.endsAt;
}

/** From where to where this window can reach: between its neighbours, and not into the past. */
export function roomOf(window: TimeWindow, others: readonly TimeWindow[], now: number): TimeWindow {
  const before = others.filter(({ endsAt }) => endsAt <= window.startsAt).map(({ endsAt }) => endsAt);
  const after = others.filter(({ startsAt }) => startsAt >= window.endsAt).map(({ startsAt }) => startsAt);
  return { startsAt: Math.max(now, ...before), endsAt: Math.min(Infinity, ...after) };
}

const within = (value: number, low: number, high: number) => Math.max(low, Math.min(value, high));

/** A distance in whole steps. */
export function snapped(ms: number): number {
  return Math.round(ms / step) * step;
}

/** The window as long as it was, `by` later, as far as there is room. */
export function moved(window: TimeWindow, by: number, room: TimeWindow): TimeWindow {
  const length = window.endsAt - window.startsAt;
  const latest = Math.max(room.endsAt - length, room.startsAt);
  const startsAt = within(window.startsAt + by, Math.min(room.startsAt, window.startsAt), latest);
  return { startsAt, endsAt: startsAt + length };
}

/** The window with one of its ends `by` later, as far as there is room. */
export function resized(
  window: TimeWindow,
  edge: keyof TimeWindow,
  by: number,
  room: TimeWindow,
): TimeWindow {
  const { startsAt, endsAt } = window;
  const least = Math.min(shortest, endsAt - startsAt);
  return edge === "startsAt"
    ? { startsAt: within(startsAt + by, Math.min(room.startsAt, startsAt), endsAt - least), endsAt }
    : { startsAt, endsAt: within(endsAt + by, startsAt + least, room.endsAt) };
}
