import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFormat } from "@/format/useFormat";
import { Card } from "@/parts/Card";
import { Change } from "@/parts/Change";
import { SkeletonLine } from "@/parts/Skeleton";
import { CsvButton } from "../parts/CardTools";
import { useCardState } from "../parts/useCardState";
import type { Comparison, ComparisonMeta, ReportParameters, ReportQuery } from "../report/queries";
import { figures, type Figure } from "../report/report";
import { useReport } from "../report/useReport";
import { changeOf, changePerDayOf, figureOf, perDayOf, useFigureWords } from "./figureWords";
import { countedBounds, differInLength, lastDay, type Side } from "./periods";
import { useRemarks } from "./remarks";

export interface ComparedProps {
  answer: ReportQuery<Comparison, ComparisonMeta>;
  /** What it was asked for, which its CSV is asked for too. */
  query: ReportParameters<"/api/v1/analytics/compare">;
}

/** Four figures of two periods, with bars to one scale, and the change in words. */
export function FiguresCard({ answer, query }: ComparedProps) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const remarks = useRemarks();
  const state = useCardState(answer, ({ data }) => playsOfBoth(data), {
    failed: t("analytics.comparison.failed"),
    showsNone: true,
  });
  const data = answer.data?.data;
  return (
    <Card
      title={t("analytics.comparison.title")}
      sentence={data && sentence(data)}
      state={state}
      className={answer.isPlaceholderData ? "opacity-60" : ""}
      tools={<CsvButton path="/api/v1/analytics/compare" query={query} />}
      skeleton={<FiguresSkeleton />}
      foot={
        <span className="py-2 text-12 font-normal text-ink2">
          {data === undefined ? null : remarks(data).join(" ")}
        </span>
      }
    >
      {answer.data !== undefined && <Figures comparison={answer.data.data} meta={answer.data.meta} />}
    </Card>
  );
}

/** Null: nothing of either period is known. */
export function playsOfBoth({ period1, period2 }: Comparison): number | null {
  if (period1.plays === null && period2.plays === null) return null;
  return (period1.plays ?? 0) + (period2.plays ?? 0);
}

function useSentence(): (comparison: Comparison) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (comparison) => {
    const change = changeOf(comparison, "plays");
    if (change === null) return t("analytics.comparison.sentence.none");
    const amount = format.change(Math.abs(change)).replace("+", "");
    if (change === 0) return t("analytics.comparison.sentence.same");
    return t(`analytics.comparison.sentence.${change > 0 ? "more" : "less"}`, { amount });
  };
}

function Figures({ comparison, meta }: { comparison: Comparison; meta: ComparisonMeta }) {
  const { t } = useTranslation();
  const { period1, period2 } = comparison;
  return (
    <table className="-mx-4 w-[calc(100%+2rem)] border-collapse md:table-fixed">
      <thead className="text-left text-12 text-ink2">
        <tr className="h-8 border-y max-md:grid max-md:h-auto max-md:grid-cols-2 max-md:gap-x-4 max-md:px-4 max-md:py-2">
          <th scope="col" className="w-2/12 pl-4 font-normal max-md:hidden">
            <span className="sr-only">{t("analytics.comparison.figure")}</span>
          </th>
          <th scope="col" className="w-4/12 font-normal max-md:w-auto">
            <PeriodName
              line="border-t border-previous"
              name={t("analytics.comparison.period1")}
              side={period1}
            />
          </th>
          <th scope="col" className="w-4/12 font-normal max-md:w-auto">
            <PeriodName
              line="border-t-2 border-series1"
              name={t("analytics.comparison.period2")}
              side={period2}
            />
          </th>
          <th scope="col" className="pr-4 font-normal max-md:hidden">
            {t("analytics.comparison.change")}
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {figures.map((figure) => (
          <FigureRow key={figure} figure={figure} comparison={comparison} meta={meta} />
        ))}
      </tbody>
    </table>
  );
}

function PeriodName({ line, name, side }: { line: string; name: string; side: Side }) {
  const { report } = useReport();
  const format = useFormat(report.zone);
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <span aria-hidden className={`w-5 ${line}`} />
      <b className="font-semibold text-ink">{name}</b>
      {format.dates(side.start, `${lastDay(side, report.zone)}T12:00:00Z`)}
    </span>
  );
}

interface FigureRowProps {
  figure: Figure;
  comparison: Comparison;
  meta: ComparisonMeta;
}

/** One figure: its row decides what the lines below show. */
function FigureRow({ figure, comparison, meta }: FigureRowProps) {
  const { t } = useTranslation();
  const { report, change } = useReport();
  const { period1, period2 } = comparison;
  const isChosen = report.figure === figure;
  const values = [figureOf(period1, figure), figureOf(period2, figure)] as const;
  const largest = Math.max(0, ...values.map((value) => value ?? 0));
  const isUnfiltered = (meta.not_filtered_by as readonly string[]).includes(figure);
  return (
    <tr className="relative max-md:grid max-md:grid-cols-2 max-md:gap-x-4 max-md:px-4 max-md:py-3 md:h-17">
      <th scope="row" className="text-left font-normal max-md:col-span-2 md:pl-4">
        {isChosen && <span aria-hidden className="absolute inset-y-0 left-0 w-0.5 bg-accent" />}
        <button
          type="button"
          aria-pressed={isChosen}
          onClick={() => change({ figure })}
          className={isChosen ? "font-semibold text-accent" : "text-ink2 hover:text-ink"}
        >
          {t(`analytics.figures.${figure}`)}
        </button>
      </th>
      {(
        [
          ["bg-series-rest", period1],
          ["bg-series1", period2],
        ] as const
      ).map(([bar, side]) => (
        <td key={bar} className="min-w-0 py-1 md:pr-8">
          <FigureValue
            figure={figure}
            currency={comparison.currency}
            side={side}
            largest={largest}
            bar={bar}
            unfiltered={isUnfiltered}
          />
        </td>
      ))}
      <td className="max-md:col-span-2 md:pr-4">
        <ChangeInWords figure={figure} comparison={comparison} currency={comparison.currency} />
      </td>
    </tr>
  );
}

interface FigureValueProps {
  figure: Figure;
  currency: string | null;
  side: Side;
  largest: number;
  bar: string;
  /** It can't be told under the filters in force. */
  unfiltered: boolean;
}

function FigureValue({ figure, currency, side, largest, bar, unfiltered }: FigureValueProps) {
  const { t } = useTranslation();
  const { hrefOfPlays } = useReport();
  const words = useFigureWords(currency)[figure];
  const value = figureOf(side, figure);
  if (value === null) {
    const why = unfiltered
      ? "notFiltered"
      : side.days === 0
        ? "notBegun"
        : figure === "revenue"
          ? "nothingSold"
          : "notKnown";
    return <span className="text-ink3">{t(`analytics.comparison.${why}`)}</span>;
  }
  const look = "text-20 font-semibold text-ink tabular-nums md:text-28";
  const opens = figure === "plays" || figure === "listeners";
  return (
    <>
      {opens ? (
        <Link
          to={hrefOfPlays({ ...countedBounds(side) })}
          aria-label={t("analytics.comparison.playsBehind", { value: words.phrase(value) })}
          preventScrollReset
          className={`no-underline hover:underline ${look}`}
        >
          {words.exact(value)}
        </Link>
      ) : (
        <span className={look}>{words.exact(value)}</span>
      )}
      <span aria-hidden className="mt-1 block">
        <span
          className={`block h-1 rounded-4 ${bar}`}
          style={{ width: `${largest > 0 ? (Math.max(0, value) / largest) * 100 : 0}%` }}
        />
      </span>
    </>
  );
}

interface ChangeInWordsProps {
  figure: Figure;
  comparison: Comparison;
  currency: string | null;
}

/** By how much, as a fraction and as a number; by the day where one period is longer. */
function ChangeInWords({ figure, comparison, currency }: ChangeInWordsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useFigureWords(currency)[figure];
  const { period1, period2 } = comparison;
  const [first, second] = [figureOf(period1, figure), figureOf(period2, figure)];
  if (first === null || second === null) return <Change value={null} />;
  if (differInLength(comparison)) {
    const written = (value: number) =>
      figure === "revenue" ? words.exact(Math.round(value)) : format.compact(value);
    const [before, now] = [perDayOf(period1, figure) ?? 0, perDayOf(period2, figure) ?? 0];
    return (
      <>
        <Change value={changePerDayOf(comparison, figure)} />
        <p className="text-12 text-ink2">
          {t("analytics.comparison.perDay", { before: written(before), now: written(now) })}
        </p>
      </>
    );
  }
  const difference = second - first;
  return (
    <>
      {(first !== 0 || second !== 0) && <Change value={changeOf(comparison, figure)} />}
      <p className="text-12 text-ink2">
        {difference === 0
          ? t("analytics.comparison.same")
          : t(`analytics.comparison.${difference > 0 ? "more" : "less"}`, {
              amount: words.phrase(Math.abs(difference)),
            })}
      </p>
    </>
  );
}

function FiguresSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("states.loading")} className="flex flex-col">
      {[62, 48, 55, 40].map((width) => (
        <div key={width} className="flex h-17 items-center gap-8" aria-hidden>
          <SkeletonLine width="8%" />
          <SkeletonLine width={`${width / 2}%`} className="h-6" />
          <SkeletonLine width={`${width / 2}%`} className="h-6" />
        </div>
      ))}
    </div>
  );
}
