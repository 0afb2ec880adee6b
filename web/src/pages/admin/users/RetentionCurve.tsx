import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { useWidth } from "@/parts/charts/useWidth";
import { steps } from "@/parts/charts/course";
import type { CohortLength, Retention, RetentionCohort } from "../queries";
import { cellNames, daysAfter, useCohortWords } from "./words";

const height = 240;
const margin = { top: 12, right: 56, bottom: 28, left: 44 };

const rates = (cohort: RetentionCohort) => cellNames.map((cell) => cohort[cell].rate);

interface RetentionCurveProps {
  retention: Retention;
  length: CohortLength;
}

/** Each cohort in grey, their mean over them, and the newest that has a 7th day. Days are wider apart at the start. */
export function RetentionCurve({ retention, length }: RetentionCurveProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useCohortWords(length);
  const [measure, width] = useWidth(400);
  const { cohorts, mean } = retention;
  const means = cellNames.map((cell) => mean[cell].rate);
  const newest = cohorts.findLast(({ day_7, day_30 }) => day_7.rate !== null && day_30.rate === null);
  const all = [means, ...cohorts.map(rates)].flat().map((rate) => rate ?? 0);
  const ticks = steps(Math.max(...all, 0.01) * 100, false).map((percent) => percent / 100);
  const top = ticks.at(-1) ?? 1;

  const x = (index: number) => {
    const day = daysAfter[cellNames[index] ?? "day_1"];
    const share = Math.sqrt((day - 1) / 29);
    return margin.left + 20 + share * Math.max(0, width - margin.left - margin.right - 20);
  };
  const y = (rate: number) => margin.top + (1 - rate / top) * (height - margin.top - margin.bottom);
  const path = (of: readonly (number | null)[]) =>
    of
      .flatMap((rate, index) => (rate === null ? [] : [`${x(index).toFixed(1)},${y(rate).toFixed(1)}`]))
      .join(" ");

  return (
    <div>
      <div ref={measure} className="min-w-0" style={{ height }}>
        <svg
          role="img"
          aria-label={t("admin.retention.curveLabel")}
          width={width}
          height={height}
          className="text-12 tabular-nums"
        >
          {ticks.map((tick) => (
            <g key={tick}>
              <line
                x1={margin.left}
                x2={width - margin.right}
                y1={y(tick)}
                y2={y(tick)}
                stroke={tick === 0 ? "var(--color-line2)" : "var(--color-grid)"}
              />
              <text x={margin.left - 8} y={y(tick) + 4} textAnchor="end" className="fill-ink3">
                {format.percent(tick)}
              </text>
            </g>
          ))}
          {cellNames.map((cell, index) => (
            <text key={cell} x={x(index)} y={height - 8} textAnchor="middle" className="fill-ink3">
              {t("admin.retention.dayShort", { day: format.count(daysAfter[cell]) })}
            </text>
          ))}
          <g fill="none">
            {cohorts.map((cohort) => (
              <polyline
                key={cohort.start}
                points={path(rates(cohort))}
                stroke="var(--color-previous)"
                strokeWidth={1}
                opacity={0.5}
              />
            ))}
            {newest !== undefined && (
              <polyline points={path(rates(newest))} stroke="var(--color-series2)" strokeWidth={2} />
            )}
            <polyline points={path(means)} stroke="var(--color-series1)" strokeWidth={2} />
          </g>
          {means.map(
            (rate, index) =>
              rate !== null && (
                <g key={cellNames[index]}>
                  <circle
                    cx={x(index)}
                    cy={y(rate)}
                    r={4}
                    fill="var(--color-series1)"
                    stroke="var(--color-surface)"
                    strokeWidth={2}
                  />
                  <text
                    x={x(index) + 8}
                    y={y(rate) + 18}
                    className="fill-ink font-medium"
                    stroke="var(--color-surface)"
                    strokeWidth={4}
                    paintOrder="stroke"
                  >
                    {format.percent(rate, 1)}
                  </text>
                </g>
              ),
          )}
        </svg>
      </div>
      <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-12 text-ink2">
        <Key colour="bg-series1">{t("admin.retention.legend.mean")}</Key>
        <Key colour="bg-previous">{t("admin.retention.legend.each")}</Key>
        {newest !== undefined && (
          <Key colour="bg-series2">{t("admin.retention.legend.newest", { cohort: words.name(newest) })}</Key>
        )}
      </ul>
    </div>
  );
}

function Key({ colour, children }: { colour: string; children: string }) {
  return (
    <li className="flex items-center gap-2">
      <span aria-hidden className={`h-0.5 w-4 ${colour}`} />
      {children}
    </li>
  );
}
