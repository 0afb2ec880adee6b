import { GitCompareArrows, Globe } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Segmented } from "@/parts/Segmented";
import { ZoneOptions } from "@/parts/ZoneOptions";
import { presets, type Preset } from "../report/period";
import { useReport } from "../report/useReport";
import { useAgainst, usePresetOptions } from "../report/words";
import { AddFilter } from "./AddFilter";
import { DateRange } from "./DateRange";
import { FilterChips } from "./FilterChips";
import { Select } from "@/parts/Select";

/** What the report is about: days, zone, comparison, filters. On a phone it scrolls sideways. */
export function ReportBar() {
  const { t } = useTranslation();
  const { report, change } = useReport();
  const against = useAgainst(report.period);
  const options = usePresetOptions();
  const choosePreset = (value: string) => {
    const preset = presets.find((candidate) => candidate === value);
    if (preset !== undefined) change({ preset });
  };
  return (
    <div
      role="group"
      aria-label={t("analytics.bar.label")}
      className="-mx-4 -mt-1.5 mb-2.5 flex items-center gap-2 [scrollbar-width:none] overflow-x-auto px-4 py-0.5 md:mx-0 md:flex-wrap md:overflow-visible md:px-0"
    >
      <span className="hidden md:inline-flex">
        <Segmented<Preset>
          label={t("analytics.bar.range")}
          options={options}
          value={report.preset}
          onChange={choosePreset}
        />
      </span>
      <Select
        label={t("analytics.bar.range")}
        shown={
          report.preset === null ? t("analytics.presets.custom") : t(`analytics.presets.${report.preset}`)
        }
        value={report.preset ?? ""}
        onChange={choosePreset}
        className="md:hidden"
      >
        {report.preset === null && <option value="">{t("analytics.presets.custom")}</option>}
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </Select>
      <DateRange />
      <Select
        icon={Globe}
        label={t("analytics.bar.zone")}
        shown={<span translate="no">{report.zone}</span>}
        value={report.zone}
        onChange={(zone) => change({ zone })}
      >
        <ZoneOptions chosen={report.zone} />
      </Select>
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
      <FilterChips />
      <AddFilter />
    </div>
  );
}
