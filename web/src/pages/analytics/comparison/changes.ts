import type { Entry, Rest } from "../report/queries";

/** One entry of a breakdown in both periods. Null: not known, since the list was cut before it. */
export interface ChangedEntry {
  key: string;
  label: string;
  first: number | null;
  second: number | null;
  /** Of a track. */
  releasedAt: string | null;
}

/** A list of the API, whole or cut. */
export interface Listed {
  entries: readonly (Entry & { released_at?: string | null })[];
  rest: Rest;
}

/** The entries of both lists that are largest in either of them. */
export function changesOf(first: Listed, second: Listed, most: number): ChangedEntry[] {
  const [before, now] = [first, second].map(
    ({ entries }) => new Map(entries.map((entry) => [entry.key, entry])),
  );
  const absent = ({ rest }: Listed) => (rest.count === 0 ? 0 : null);
  const all = new Map([...first.entries, ...second.entries].map((entry) => [entry.key, entry]));
  const changes = [...all.values()].map(({ key, label, released_at }) => ({
    key,
    label,
    first: before?.get(key)?.plays ?? absent(first),
    second: now?.get(key)?.plays ?? absent(second),
    releasedAt: released_at ?? null,
  }));
  const size = (entry: ChangedEntry) => Math.max(entry.first ?? 0, entry.second ?? 0);
  return changes.toSorted((a, b) => size(b) - size(a) || a.key.localeCompare(b.key)).slice(0, most);
}

/** The entry whose plays changed most, in either direction; null where none did. */
export function largestChange(changes: readonly ChangedEntry[]): { entry: ChangedEntry; by: number } | null {
  const known = changes.flatMap((entry) =>
    entry.first === null || entry.second === null ? [] : [{ entry, by: entry.second - entry.first }],
  );
  const [largest] = known.toSorted((a, b) => Math.abs(b.by) - Math.abs(a.by));
  return largest === undefined || largest.by === 0 ? null : largest;
}
