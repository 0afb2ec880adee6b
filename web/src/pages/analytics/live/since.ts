import type { PlaysBehind } from "../report/useReport";
import type { Live } from "../report/queries";

const quarterMs = 900_000;

const at = (minute: Live["minutes"][number] | undefined) => Date.parse(minute?.start ?? "");

/**
 * The plays around a live number: those that began in its half hour, in whole quarter hours, as the API takes them. A play that
 * was begun before and reported just now counts in the number, and is not among them.
 */
export function playsSince({ minutes }: Live): PlaysBehind & { from: string; to: string } {
  const from = Math.floor(at(minutes[0]) / quarterMs) * quarterMs;
  const to = Math.floor(at(minutes.at(-1)) / quarterMs + 1) * quarterMs;
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
