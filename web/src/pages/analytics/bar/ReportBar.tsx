import { GitCompareArrows, Globe } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Select } from "@/parts/Select";
import { ZoneOptions } from "@/parts/ZoneOptions";
import { useReport } from "../report/useReport";
import { useAgainst } from "../report/words";
import { AddFilter } from "./AddFilter";
import { Currency } from "./Currency";
import { DateRange } from "./DateRange";
import { ExportMenu } from "./ExportMenu";
import { FilterChips } from "./FilterChips";
import { Periods } from "./Periods";
import { Presets } from "./Presets";

/** What a tab can be asked: a range and what came before, a range alone, two ranges, what is heard now, or amounts. */
export type BarKind = "compared" | "range" | "periods" | "now" | "money";

/** What the report is about: days, zone, comparison, filters. On a phone it scrolls sideways. */
export function ReportBar({ kind }: { kind: BarKind }) {
  const { t } = useTranslation();
  const { report, change } = useReport();
  const hasRange = kind !== "now" && kind !== "money";
  return (
    <div
      role="group"
      aria-label={t("analytics.bar.label")}
      className="-mx-4 -mt-1.5 mb-2.5 flex items-center gap-2 [scrollbar-width:none] overflow-x-auto px-4 py-0.5 md:mx-0 md:flex-wrap md:overflow-visible md:px-0"
    >
      {hasRange && <Presets />}
      {kind === "periods" && <Periods />}
      {(kind === "compared" || kind === "range") && (
        <DateRange period={report.period} onChoose={(period) => change({ period })} />
      )}
      <Select
        icon={Globe}
        label={t("analytics.bar.zone")}
        shown={<span translate="no">{report.zone}</span>}
        value={report.zone}
        onChange={(zone) => change({ zone })}
      >
        <ZoneOptions chosen={report.zone} />
      </Select>
      {(kind === "money" || kind === "periods") && <Currency />}
      {kind === "compared" && <Against />}
      <FilterChips />
      <AddFilter />
      {hasRange && <ExportMenu />}
    </div>
  );
}

/** Whether the period before is drawn too. */
function Against() {
  const { t } = useTranslation();
  const { report, change } = useReport();
  const against = useAgainst(report);
  return (
    <Select
      icon={GitCompareArrows}
      label={t("analytics.bar.comparison")}
      shown={report.compared ? against : t("analytics.bar.notCompared")}
      value={report.compared ? "before" : "none"}
      onChange={(value) => change({ compared: value === "before" })}
    >
      <option value="before">{against}</option>
      <option value="none">{t("analytics.bar.notCompared")}</option>
    </Select>
  );
}
