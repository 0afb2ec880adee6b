import { useTranslation } from "react-i18next";
import { BreakdownList, type Listing } from "../parts/BreakdownList";
import { useValueName } from "../report/words";
import type { SourceEntry } from "./listings";

interface SourceListProps {
  listing: Listing<SourceEntry>;
  most?: number;
  headed?: boolean;
}

/** Sources with their channel beside them, where it says more than the name. */
export function SourceList(props: SourceListProps) {
  const { t } = useTranslation();
  const nameOf = useValueName();
  return (
    <BreakdownList
      filter="source"
      title={t("analytics.filters.source")}
      hint={({ key, channel }) => {
        const name = nameOf("channel", channel);
        return name === nameOf("source", key) ? undefined : name;
      }}
      {...props}
    />
  );
}
