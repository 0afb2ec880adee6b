import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { useReport } from "../report/useReport";
import type { Projection } from "./queries";

interface WaitingDaysProps {
  days: Projection["days"];
  /** How many a projection takes. */
  needed: number;
}

/** The days so far as bars, and those still missing as empty ones. */
export function WaitingDays({ days, needed }: WaitingDaysProps) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const largest = Math.max(1, ...days.map(({ net_minor }) => net_minor ?? 0));
  const missing = Math.max(0, needed - days.length);
  return (
    <div className="flex max-w-xl items-end gap-4">
      <div
        role="img"
        aria-label={t("analytics.revenue.waiting", { count: missing })}
        className="min-w-0 grow"
      >
        <div className="flex h-28 items-end gap-1 border-b border-line2">
          {days.map(({ date, net_minor }) => (
            <span
              key={date}
              className="min-w-0.5 flex-1 rounded-t-4 bg-series1/50"
              style={{ height: `${(Math.max(0, net_minor ?? 0) / largest) * 100}%` }}
            />
          ))}
          {Array.from({ length: missing }, (_, index) => (
            <span
              key={`missing ${index + 1}`}
              className="h-1/2 min-w-0.5 flex-1 border border-b-0 border-dashed border-ctl"
            />
          ))}
        </div>
        {days[0] !== undefined && <p className="mt-1 text-12 text-ink3">{format.day(days[0].date)}</p>}
      </div>
      <p className="shrink-0 pb-8 text-12 text-ink2">{t("analytics.revenue.fromHere")}</p>
    </div>
  );
}
