import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import type { Overview } from "../report/queries";
import type { EarlierOverview } from "../report/useComparison";
import { useReport } from "../report/useReport";
import { useMetricWords } from "../report/words";

interface LegendProps {
  overview: Overview;
  earlier: EarlierOverview | null;
}

/** The lines themselves, each with its days and its total. */
export function Legend({ overview, earlier }: LegendProps) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const { exact } = useMetricWords()[report.metric];
  const written = (value: number | null) => (value === null ? t("analytics.course.unknown") : exact(value));
  const isOpen = overview.buckets.some((bucket) => !bucket.complete && bucket[report.metric] !== null);
  return (
    <span className="flex flex-wrap gap-x-6 text-12 leading-5">
      <LegendEntry
        line="border-series1 border-t-2"
        label={format.dates(report.period.first, report.period.last)}
      >
        {written(overview.total[report.metric])}
      </LegendEntry>
      {earlier !== null && (
        <LegendEntry
          line="border-previous border-t"
          label={format.dates(earlier.period.first, earlier.period.last)}
        >
          {written(earlier.overview.total[report.metric])}
        </LegendEntry>
      )}
      {isOpen && (
        <LegendEntry
          line="border-series1 border-t-2 border-dashed"
          label={
            earlier?.until
              ? t("analytics.course.notFinishedUntil", { time: format.time(earlier.until) })
              : t("analytics.course.notFinished")
          }
        />
      )}
    </span>
  );
}

function LegendEntry({ line, label, children }: { line: string; label: string; children?: string }) {
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden className={`w-5 ${line}`} />
      <span>
        {label}
        {children !== undefined && <b className="ml-1.5 font-semibold text-ink tabular-nums">{children}</b>}
      </span>
    </span>
  );
}
