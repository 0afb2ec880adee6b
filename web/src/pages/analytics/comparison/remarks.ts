import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import type { Comparison } from "../report/queries";
import { useReport } from "../report/useReport";
import { clockChanges, differInLength, firstWeekday, isCut } from "./periods";

/** Clock changes that are named; a year has two. */
const mostNamed = 4;

/** What one has to know to compare fairly: what still runs, on which weekdays it begins, how long it is, where the clocks changed. */
export function useRemarks(): (comparison: Comparison) => string[] {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  return (comparison) => {
    const { period1, period2 } = comparison;
    const isWhole = period1.complete && period2.complete && !isCut(period1) && !isCut(period2);
    const [day1, day2] = [period1, period2].map(({ start }) => format.weekdayName(start)) as [string, string];
    const sameWeekday = firstWeekday(period1, report.zone) === firstWeekday(period2, report.zone);
    const remarks = [
      sameWeekday
        ? t("analytics.comparison.remarks.sameWeekday", { day: day1 })
        : t("analytics.comparison.remarks.otherWeekday", { day1, day2 }),
    ];
    if (!isWhole) {
      remarks.push(
        t("analytics.comparison.remarks.running", {
          until1: format.dateTime(period1.end),
          until2: format.dateTime(period2.end),
        }),
      );
    }
    if (differInLength(comparison)) {
      remarks.push(
        t("analytics.comparison.remarks.lengths", {
          days1: format.count(Math.round(period1.days)),
          days2: format.count(Math.round(period2.days)),
        }),
      );
    }
    const changes = [...clockChanges(period1, 1), ...clockChanges(period2, 2)].slice(0, mostNamed);
    for (const { period, start, hours } of changes) {
      remarks.push(
        t(`analytics.comparison.remarks.${hours > 24 ? "longer" : "shorter"}`, {
          day: format.day(start),
          period: t(`analytics.comparison.period${period}`),
          hours: format.count(hours),
        }),
      );
    }
    return remarks;
  };
}
