import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import type { FilterName } from "../report/filters";
import { useValueName } from "../report/words";
import type { Listing } from "./listings";

/** One sentence made from the data: "France leads with 31 % of 12,408 plays." */
export function useLeader(): (filter: FilterName, listing: Listing | undefined) => string | undefined {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useValueName();
  return (filter, listing) => {
    const first = listing?.entries[0];
    if (listing === undefined || first === undefined) return undefined;
    const name = nameOf(filter, first.key, first.label);
    const values = { name, share: format.percent(first.share), count: listing.total };
    const alone = listing.entries.length === 1 && first.plays === listing.total;
    if (alone) return t("analytics.sentences.alone", values);
    // The number of plays stands on the tiles and beside the map; narrow cards have no room for it.
    return t(filter === "country" ? "analytics.sentences.leads" : "analytics.sentences.leadsShort", values);
  };
}
