import { CalendarDays, Globe } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { addDays } from "@/pages/analytics/report/civil";
import { Segmented } from "@/parts/Segmented";
import { presets, useRange } from "../range";

/** How far back, which days these are, and whose midnight ends them. */
export function RangeBar() {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  return (
    <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
      <Segmented
        label={t("admin.range.label")}
        options={presets.map((value) => ({ value, label: t(`admin.range.${value}`) }))}
        value={range.preset}
        onChange={range.choose}
      />
      <span className="flex items-center gap-2 text-ink2">
        <CalendarDays size={16} strokeWidth={1.75} aria-hidden />
        {format.dates(range.first, addDays(range.today, -1))}
        <span className="text-ink3">{t("admin.range.complete")}</span>
      </span>
      <span className="flex items-center gap-2 text-ink2" title={t("admin.range.zone")}>
        <Globe size={16} strokeWidth={1.75} aria-hidden />
        <span translate="no">{range.zone}</span>
      </span>
    </div>
  );
}
