import { isData, useValueName } from "./words";
import type { FilterName } from "./filters";

interface ValueNameProps {
  filter: FilterName;
  value: string;
  label?: string;
}

/** A filter's value by its name; what is nobody's to translate (titles, sites, cities) is marked so. */
export function ValueName({ filter, value, label }: ValueNameProps) {
  const name = useValueName()(filter, value, label);
  return isData(filter, value) ? <span translate="no">{name}</span> : name;
}
