import { firstListing, type Listing } from "../parts/listings";
import type { Geography } from "../report/queries";

export function countriesOf(data: Geography): Listing {
  return firstListing(data, data.countries);
}

/** Regions and cities, where the report has them: under one country. */
export function placesWithin(geography: Geography): { regions: Listing; cities: Listing } | null {
  const { regions, regions_rest, regions_unknown, cities, cities_rest, cities_unknown } = geography;
  if (!regions || !regions_rest || !regions_unknown || !cities || !cities_rest || !cities_unknown)
    return null;
  const total = geography.total.plays ?? 0;
  return {
    regions: { entries: regions, rest: regions_rest, unknown: regions_unknown, total },
    cities: { entries: cities, rest: cities_rest, unknown: cities_unknown, total },
  };
}
