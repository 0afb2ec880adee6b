/** Filters of a report, as the API names them: one twice is "or", different ones are "and". */
export const filterNames = [
  "track",
  "artist",
  "country",
  "region",
  "city",
  "device",
  "os",
  "browser",
  "channel",
  "source",
  "context",
  "campaign",
] as const;
export type FilterName = (typeof filterNames)[number];

export type Filters = Partial<Record<FilterName, readonly string[]>>;

/** Plays of declared bots. */
export const botChoices = ["exclude", "include", "only"] as const;
export type Bots = (typeof botChoices)[number];

/** The value that selects what has none. */
export const unknown = "unknown";

export interface ChosenFilter {
  name: FilterName;
  value: string;
}

export function readFilters(search: URLSearchParams): Filters {
  const filters: Filters = {};
  for (const name of filterNames) {
    const values = [...new Set(search.getAll(name).filter((value) => value !== ""))];
    if (values.length > 0) filters[name] = values;
  }
  return filters;
}

export function chosenFilters(filters: Filters): ChosenFilter[] {
  return filterNames.flatMap((name) => (filters[name] ?? []).map((value) => ({ name, value })));
}

export function isChosen(filters: Filters, { name, value }: ChosenFilter): boolean {
  return filters[name]?.includes(value) ?? false;
}

/** Chooses a value instead of the others of its name; chosen already, it is let go. Its parts go with a place. */
export function toggled(filters: Filters, { name, value }: ChosenFilter): Filters {
  const next: Filters = { ...filters };
  if (isChosen(filters, { name, value })) delete next[name];
  else next[name] = [value];
  if (name === "country") {
    delete next.region;
    delete next.city;
  }
  if (name === "region") delete next.city;
  return next;
}

export function without(filters: Filters, { name, value }: ChosenFilter): Filters {
  const next: Filters = { ...filters };
  const rest = (filters[name] ?? []).filter((other) => other !== value);
  if (rest.length > 0) next[name] = rest;
  else delete next[name];
  return next;
}
