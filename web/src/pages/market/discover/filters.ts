/** What is looked for, as the address has it. */
import type { ProductFilters } from "@/api/market/products";

export const kinds = ["album", "ep", "single", "samples", "stems", "other"] as const;
export const sorts = ["newest", "price_low", "price_high", "rating"] as const;
/** "Up to so much", in minor units. */
export const priceLimits = [500, 1_000, 2_000, 5_000] as const;

export type Kind = (typeof kinds)[number];
export type Sort = (typeof sorts)[number];

export interface Wanted {
  q: string;
  /** Null: everything. */
  kind: Kind | null;
  promotion: boolean;
  /** Null: any price. */
  most: number | null;
  sort: Sort;
}

/** What is in the address and makes sense; the rest is as if it weren't there. */
export function wantedOf(search: URLSearchParams): Wanted {
  const most = Number(search.get("most"));
  return {
    q: search.get("q") ?? "",
    kind: kinds.find((kind) => kind === search.get("kind")) ?? null,
    promotion: search.get("promotion") === "yes",
    most: priceLimits.find((limit) => limit === most) ?? null,
    sort: sorts.find((sort) => sort === search.get("sort")) ?? "newest",
  };
}

/** The address of what is looked for; what is usual is left out. */
export function searchOf({ q, kind, promotion, most, sort }: Wanted): string {
  const search = new URLSearchParams({
    ...(q !== "" && { q }),
    ...(kind !== null && { kind }),
    ...(promotion && { promotion: "yes" }),
    ...(most !== null && { most: String(most) }),
    ...(sort !== "newest" && { sort }),
  });
  return search.size === 0 ? "" : `?${search}`;
}

/** Nothing is looked for in particular: the page shows deals, too. */
export function isPlain(wanted: Wanted): boolean {
  return searchOf({ ...wanted, sort: "newest" }) === "";
}

/** The question to the API. */
export function filtersOf({ q, kind, promotion, most, sort }: Wanted): ProductFilters {
  return {
    ...(q !== "" && { q }),
    ...(kind !== null && { kind }),
    ...(promotion && { on_promotion: true }),
    ...(most !== null && { max_price_minor: most }),
    sort,
  };
}
