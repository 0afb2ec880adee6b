import { useTranslation } from "react-i18next";
import { Segmented } from "@/parts/Segmented";
import { Select } from "@/parts/Select";
import { presets, type Preset } from "../report/period";
import { useReport } from "../report/useReport";

/** Ranges that end with today; on a phone in a select. */
export function Presets() {
  const { t } = useTranslation();
  const { report, change } = useReport();
  const options = presets.map((value) => ({ value, label: t(`analytics.presets.${value}`) }));
  const choose = (value: string) => {
    const preset = presets.find((candidate) => candidate === value);
    if (preset !== undefined) change({ preset });
  };
  return (
    <>
      <span className="hidden md:inline-flex">
        <Segmented<Preset>
          label={t("analytics.bar.range")}
          options={options}
          value={report.preset}
          onChange={choose}
        />
      </span>
      <Select
        label={t("analytics.bar.range")}
        shown={
          report.preset === null ? t("analytics.presets.custom") : t(`analytics.presets.${report.preset}`)
        }
        value={report.preset ?? ""}
        onChange={choose}
        className="md:hidden"
      >
        {report.preset === null && <option value="">{t("analytics.presets.custom")}</option>}
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </Select>
    </>
  );
}
