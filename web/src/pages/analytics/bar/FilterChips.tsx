import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useTrack } from "@/api/tracks";
import { chosenFilters, unknown, without, type ChosenFilter } from "../report/filters";
import { useReport } from "../report/useReport";
import { ValueName } from "../report/ValueName";
import { useValueName } from "../report/words";

/** The filters in force, each with its way out. */
export function FilterChips() {
  const { t } = useTranslation();
  const { report, hrefOf } = useReport();
  const nameOf = useValueName();
  return (
    <>
      {chosenFilters(report.filters).map((filter) => (
        <Chip
          key={`${filter.name} ${filter.value}`}
          name={t(`analytics.filters.${filter.name}`)}
          value={<ChipValue filter={filter} />}
          spoken={nameOf(filter.name, filter.value)}
          to={hrefOf({ filters: without(report.filters, filter) })}
        />
      ))}
      {report.bots !== "exclude" && (
        <Chip
          name={t("analytics.filters.bots")}
          value={t(`analytics.bots.${report.bots}`)}
          spoken={t(`analytics.bots.${report.bots}`)}
          to={hrefOf({ bots: "exclude" })}
        />
      )}
      {report.creator !== null && (
        <Chip
          name={t("analytics.filters.creator")}
          value={report.creator}
          spoken={String(report.creator)}
          to={hrefOf({ creator: null })}
        />
      )}
    </>
  );
}

interface ChipProps {
  name: string;
  value: React.ReactNode;
  spoken: string;
  /** The same page without it. */
  to: string;
}

function Chip({ name, value, spoken, to }: ChipProps) {
  const { t } = useTranslation();
  return (
    <span className="inline-flex h-9 shrink-0 items-center gap-1 rounded-8 bg-tint pr-1 pl-3 whitespace-nowrap text-ink2 md:h-8">
      {name}
      <b className="max-w-60 truncate font-semibold text-ink">{value}</b>
      <Link
        to={to}
        preventScrollReset
        aria-label={t("analytics.bar.removeFilter", { name, value: spoken })}
        className="inline-flex size-6 items-center justify-center rounded-4 text-accent hover:bg-surface"
      >
        <X size={14} aria-hidden />
      </Link>
    </span>
  );
}

function ChipValue({ filter: { name, value } }: { filter: ChosenFilter }) {
  if (name === "track" && value !== unknown) return <TrackTitle id={value} />;
  return <ValueName filter={name} value={value} />;
}

/** A track is chosen by its id; the catalog knows its title. */
function TrackTitle({ id }: { id: string }) {
  const { data } = useTrack(id);
  return <span translate="no">{data?.title ?? id.slice(0, 8)}</span>;
}
