import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Breakdown, BreakdownRow } from "@/parts/Breakdown";
import { unknown, type FilterName } from "../report/filters";
import type { Entry } from "../report/queries";
import { useReport } from "../report/useReport";
import { ValueName } from "../report/ValueName";
import { useValueName } from "../report/words";
import type { Listing } from "./listings";

interface BreakdownListProps<Item extends Entry> {
  filter: FilterName;
  /** "Country" */
  title: string;
  listing: Listing<Item>;
  /** Most rows; those that are left out go with the rest. All unless told. */
  most?: number;
  headed?: boolean;
  /** The value that a row filters by, where it isn't its key: then its number is a part of that value's, and opens nothing. */
  filterBy?: (entry: Item) => string | undefined;
  /** A second word in grey. */
  hint?: (entry: Item) => ReactNode;
  picture?: (entry: Item) => ReactNode;
  lit?: string | null;
  onPoint?: (key: string | null) => void;
}

/** Entries with their bars, then the others, then the unknown: together they are the total. Every row is a filter. */
export function BreakdownList<Item extends Entry>({
  filter,
  title,
  listing,
  most = Infinity,
  headed,
  filterBy,
  hint,
  picture,
  lit,
  onPoint,
}: BreakdownListProps<Item>) {
  const { t } = useTranslation();
  const { hrefOfFilter, hrefOfPlays } = useReport();
  const nameOf = useValueName();
  const shown = listing.entries.slice(0, most);
  const left = listing.entries.slice(most);
  const others = {
    count: (listing.rest.count ?? 0) + left.length,
    plays: left.reduce((sum, { plays }) => sum + plays, listing.rest.plays ?? 0),
  };
  const unknownPlays = listing.unknown.plays ?? 0;
  const largest = Math.max(others.plays, unknownPlays, ...shown.map(({ plays }) => plays));
  const shareOf = (plays: number) => (listing.total > 0 ? plays / listing.total : null);
  const columns = {
    label: title,
    share: t("analytics.columns.share"),
    count: t("analytics.metrics.plays"),
  };
  const filterLink = (value: string, name: string) => ({
    to: hrefOfFilter({ name: filter, value }),
    toLabel: t("analytics.breakdown.only", { name }),
  });
  const links = (value: string, name: string) => ({
    ...filterLink(value, name),
    countTo: hrefOfPlays({ [filter]: value }),
    countLabel: t("analytics.breakdown.plays", { name }),
  });
  const linksOf = (entry: Item, name: string) => {
    const value = filterBy?.(entry);
    return value === undefined ? links(entry.key, name) : filterLink(value, nameOf(filter, value));
  };

  return (
    <Breakdown columns={columns} headed={headed}>
      {shown.map((entry) => {
        const name = nameOf(filter, entry.key, entry.label);
        return (
          <BreakdownRow
            key={entry.key}
            label={<ValueName filter={filter} value={entry.key} label={entry.label} />}
            hint={hint?.(entry)}
            picture={picture?.(entry)}
            share={entry.share}
            count={entry.plays}
            largest={largest}
            lit={lit === entry.key}
            onPoint={(inside) => onPoint?.(inside ? entry.key : null)}
            {...linksOf(entry, name)}
          />
        );
      })}
      {others.count > 0 && (
        <BreakdownRow
          rest
          label={t("analytics.breakdown.others", { count: others.count })}
          share={shareOf(others.plays)}
          count={others.plays}
          largest={largest}
        />
      )}
      {unknownPlays > 0 && (
        <BreakdownRow
          rest
          label={nameOf(filter, unknown)}
          share={shareOf(unknownPlays)}
          count={unknownPlays}
          largest={largest}
          {...links(unknown, nameOf(filter, unknown))}
        />
      )}
    </Breakdown>
  );
}
