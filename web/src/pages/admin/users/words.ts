import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { addDays } from "@/pages/analytics/report/civil";
import type { CohortLength, Retention, RetentionCohort } from "../queries";

export const cellNames = ["day_1", "day_7", "day_30"] as const;
export type CellName = (typeof cellNames)[number];
export const daysAfter: Record<CellName, number> = { day_1: 1, day_7: 7, day_30: 30 };

/** Cohorts and what became of them, in words. */
export function useCohortWords(length: CohortLength) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = ({ start, end }: RetentionCohort): string => {
    if (length === "day") return format.weekday(start);
    if (length === "month") return format.month(start);
    return format.dates(start, addDays(end, -1));
  };
  return {
    name,
    /** "Of those who signed up from 12 to 18 Oct, 14 % were active on day 30." */
    latest: ({ cohorts }: Retention): string => {
      for (const cell of ["day_30", "day_7", "day_1"] as const) {
        const cohort = cohorts.findLast((known) => known[cell].rate !== null);
        if (cohort !== undefined) {
          return t("admin.retention.sentence", {
            cohort: name(cohort),
            share: format.percent(cohort[cell].rate ?? 0),
            day: format.count(daysAfter[cell]),
          });
        }
      }
      return t("admin.retention.notYet");
    },
    /** What the means say of the first week and of what comes after it. */
    leaving: ({ mean }: Retention): string => {
      const [first, week, month] = [mean.day_1.rate, mean.day_7.rate, mean.day_30.rate];
      if (first === null || week === null || month === null) return t("admin.retention.notYet");
      const early = first - week >= week - month;
      return t(early ? "admin.retention.leaveEarly" : "admin.retention.leaveLate");
    },
  };
}
