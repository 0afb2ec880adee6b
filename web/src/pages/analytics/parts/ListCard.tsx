import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { FilterName } from "../report/filters";
import type { Counts, Entry, ReportQuery } from "../report/queries";
import { BreakdownList } from "./BreakdownList";
import { useLeader } from "./leader";
import type { Listing } from "./listings";
import { ReportCard, type BreakdownPath } from "./ReportCard";

interface ListCardProps<Data extends { total: Counts }, Item extends Entry> {
  query: ReportQuery<Data>;
  title: string;
  failed: string;
  csv: BreakdownPath;
  csvQuery: { limit: number; versions?: boolean };
  filter: FilterName;
  listingOf: (data: Data) => Listing<Item>;
  /** What the sentence says where the list is empty. */
  none?: string;
  hint?: (entry: Item) => ReactNode;
  filterBy?: (entry: Item) => string | undefined;
  tools?: ReactNode;
}

/** A card with one list of a breakdown, whole. */
export function ListCard<Data extends { total: Counts }, Item extends Entry>({
  filter,
  listingOf,
  none,
  hint,
  filterBy,
  ...card
}: ListCardProps<Data, Item>) {
  const { t } = useTranslation();
  const leader = useLeader();
  return (
    <ReportCard {...card} sentence={({ data }) => leader(filter, listingOf(data)) ?? none}>
      {({ data }) => (
        <BreakdownList
          headed
          filter={filter}
          title={t(`analytics.filters.${filter}`)}
          listing={listingOf(data)}
          hint={hint}
          filterBy={filterBy}
        />
      )}
    </ReportCard>
  );
}
