/** The lists of a breakdown, each with its rest and its unknown, as the API gives them. */
import type { Counts, Entry, Rest } from "../report/queries";

/** One list of a breakdown. */
export interface Listing<Item extends Entry = Entry> {
  entries: readonly Item[];
  rest: Rest;
  unknown: Counts;
  /** Of all plays, against which shares are told. */
  total: number;
}

/** A breakdown; `rest` and `unknown` belong to its first list. */
interface Breakdown {
  rest: Rest;
  unknown: Counts;
  total: Counts;
}

export function firstListing<Item extends Entry>(
  { rest, unknown, total }: Breakdown,
  entries: readonly Item[],
): Listing<Item> {
  return { entries, rest, unknown, total: total.plays ?? 0 };
}

/** What the other lists bring: `systems`, `systems_rest`, `systems_unknown`. */
type Named<Name extends string> = Record<Name, readonly Entry[]> &
  Record<`${Name}_rest`, Rest> &
  Record<`${Name}_unknown`, Counts>;

export function listingOf<Name extends string>(data: Breakdown & Named<Name>, name: Name): Listing {
  const lists: Record<Name, readonly Entry[]> = data;
  const rests: Record<`${Name}_rest`, Rest> = data;
  const unknowns: Record<`${Name}_unknown`, Counts> = data;
  return {
    entries: lists[name],
    rest: rests[`${name}_rest`],
    unknown: unknowns[`${name}_unknown`],
    total: data.total.plays ?? 0,
  };
}
