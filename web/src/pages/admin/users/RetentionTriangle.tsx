import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import type { CohortLength, Retention, RetentionCell } from "../queries";
import { cellNames, daysAfter, useCohortWords } from "./words";

interface RetentionTriangleProps {
  retention: Retention;
  length: CohortLength;
}

/** A row a cohort, the first first; a cell is tinted by its share, and dashed as long as its day is not over. */
export function RetentionTriangle({ retention, length }: RetentionTriangleProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useCohortWords(length);
  const { cohorts, mean } = retention;
  const largest = Math.max(
    0,
    ...cohorts.flatMap((cohort) => cellNames.map((cell) => cohort[cell].rate ?? 0)),
  );
  const dayTitle = (cell: (typeof cellNames)[number]) =>
    t("admin.retention.day", { day: format.count(daysAfter[cell]) });
  return (
    <div className="max-h-96 overflow-auto">
      <table className="w-full border-separate border-spacing-x-1 border-spacing-y-0.5">
        <caption className="sr-only">{t("admin.retention.title")}</caption>
        <thead>
          <tr className="h-8 text-12 text-ink3">
            <th scope="col" className="text-left font-normal">
              {t(`admin.retention.signedUp.${length}`)}
            </th>
            <th scope="col" className="text-right font-normal">
              {t("admin.users.signUps")}
            </th>
            {cellNames.map((cell) => (
              <th key={cell} scope="col" className="font-normal">
                {dayTitle(cell)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {cohorts.map((cohort) => (
            <tr key={cohort.start} className="h-6">
              <th scope="row" className="text-left font-normal whitespace-nowrap tabular-nums">
                {words.name(cohort)}
              </th>
              <td className="pr-2 text-right text-ink2 tabular-nums">{format.count(cohort.signups)}</td>
              {cellNames.map((cell) => (
                <Cell key={cell} cell={cohort[cell]} largest={largest} />
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr className="h-8 font-semibold">
            <th scope="row" className="text-left">
              {t("admin.retention.mean")}
            </th>
            <td className="pr-2 text-right tabular-nums">
              {format.count(cohorts.reduce((sum, { signups }) => sum + signups, 0))}
            </td>
            {cellNames.map((cell) => {
              const { rate, cohorts: elapsed } = mean[cell];
              return (
                <td
                  key={cell}
                  className="text-center tabular-nums"
                  title={t("admin.retention.meanOf", { count: elapsed })}
                >
                  {rate === null ? "–" : format.percent(rate, 1)}
                </td>
              );
            })}
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function Cell({ cell, largest }: { cell: RetentionCell; largest: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (cell.completes_on !== null) {
    return (
      <td className="rounded-4 border border-dashed border-line2 px-1 text-center text-12 whitespace-nowrap text-ink3">
        {t("admin.retention.notYetFrom", { day: format.day(cell.completes_on) })}
      </td>
    );
  }
  if (cell.rate === null) {
    return <td className="text-center text-ink3">{"–"}</td>;
  }
  // Up to half of the accent over the surface: dark text stays readable on it in both themes.
  const tint = largest === 0 ? 0 : (cell.rate / largest) * 38 + 4;
  return (
    <td
      className="rounded-4 px-1 text-center font-medium tabular-nums"
      style={{ background: `color-mix(in srgb, var(--color-series1) ${tint}%, var(--color-surface))` }}
      title={t("admin.retention.returned", { count: cell.returned ?? 0 })}
    >
      {format.percent(cell.rate, 1)}
    </td>
  );
}
