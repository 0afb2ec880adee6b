import { listingOf, type Listing } from "../parts/listings";
import type { Demographics, Entry } from "../report/queries";
import { agentName } from "../report/words";

/** A system or a browser, or one version of it: then its name is what a filter takes. */
export type Agent = Entry & { name?: string };

const versioned = { systems: "system_versions", browsers: "browser_versions" } as const;

/** Systems or browsers; by their versions, where the report has them. */
export function agentsOf(data: Demographics, list: "systems" | "browsers"): Listing<Agent> {
  const name = versioned[list];
  const [entries, rest, unknown] = [data[name], data[`${name}_rest`], data[`${name}_unknown`]];
  if (!entries || !rest || !unknown) return listingOf(data, list);
  return {
    entries: entries.map((entry) =>
      Object.assign({}, entry, { label: `${agentName(entry.name)} ${entry.version}` }),
    ),
    rest,
    unknown,
    total: data.total.plays ?? 0,
  };
}

export function nameOfAgent({ name }: Agent): string | undefined {
  return name;
}
