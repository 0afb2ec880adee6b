import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useFormat } from "@/format/useFormat";
import { Card } from "@/parts/Card";
import type { CoursePoint } from "@/parts/charts/course";
import { LineChart } from "@/parts/charts/later";
import { DataTable, type Column } from "@/parts/DataTable";
import { Segmented } from "@/parts/Segmented";
import { CsvButton, TableSwitch } from "../parts/CardTools";
import { useCardState } from "../parts/useCardState";
import type { Comparison } from "../report/queries";
import { figures, type Figure } from "../report/report";
import { useReport } from "../report/useReport";
import { playsOfBoth, type ComparedProps } from "./FiguresCard";
import { figureOf, useFigureWords } from "./figureWords";
import { firstWeekday, isCut, type Side } from "./periods";

type ElapsedDay = Side["series"][number];

/** The same day of both periods, by how many days had passed; a period that is over has no day there. */
interface DayPair {
  day: number;
  first: ElapsedDay | undefined;
  second: ElapsedDay | undefined;
}

function pairsOf({ period1, period2 }: Comparison): DayPair[] {
  const days = Math.max(period1.series.length, period2.series.length);
  return Array.from({ length: days }, (_, day) => ({
    day,
    first: period1.series[day],
    second: period2.series[day],
  }));
}

/** The chosen figure of both periods, laid over each other by elapsed day. */
export function LinesCard({ answer, query }: ComparedProps) {
  const { t } = useTranslation();
  const { report, change } = useReport();
  const [asTable, setAsTable] = useState(false);
  const state = useCardState(answer, ({ data }) => playsOfBoth(data), {
    failed: t("analytics.comparison.failed"),
    showsNone: true,
  });
  const data = answer.data?.data;
  const currency = data?.currency ?? null;
  const isKnown = data?.period2.series.some((day) => figureOf(day, report.figure) !== null) ?? true;
  return (
    <Card
      title={t("analytics.comparison.lines", { figure: t(`analytics.figures.${report.figure}`) })}
      sentence={
        isKnown ? t("analytics.comparison.linesSentence") : t("analytics.comparison.notKnownSentence")
      }
      state={state}
      className={answer.isPlaceholderData ? "opacity-60" : ""}
      tools={
        <>
          <span className="flex max-md:hidden">
            <Segmented<Figure>
              small
              label={t("analytics.comparison.figure")}
              options={figures.map((value) => ({ value, label: t(`analytics.figures.${value}`) }))}
              value={report.figure}
              onChange={(figure) => change({ figure })}
            />
          </span>
          <TableSwitch asTable={asTable} onChange={setAsTable} />
          <CsvButton path="/api/v1/analytics/compare" query={query} />
        </>
      }
      skeleton={
        <div className="h-60 rounded-8 bg-skeleton2" role="status" aria-label={t("states.loading")} />
      }
    >
      {data !== undefined &&
        (asTable ? (
          <LinesTable comparison={data} currency={currency} />
        ) : (
          <Lines comparison={data} currency={currency} />
        ))}
    </Card>
  );
}

interface LinesProps {
  comparison: Comparison;
  /** Of revenue. */
  currency: string | null;
}

function Lines({ comparison, currency }: LinesProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { report, hrefOfPlays } = useReport();
  const format = useFormat(report.zone);
  const words = useFigureWords(currency)[report.figure];
  const { period1, period2 } = comparison;
  const pairs = pairsOf(comparison);
  const sameWeekdays = firstWeekday(period1, report.zone) === firstWeekday(period2, report.zone);
  const valueOf = (day: ElapsedDay | undefined) => (day === undefined ? null : figureOf(day, report.figure));
  const isCutDay = (day: number) => isCut(period2) && day === period2.series.length - 1;
  const points = pairs.map(({ first, second }): CoursePoint => ({
    start: (second ?? first)?.start ?? "",
    value: valueOf(second),
    complete: second === undefined || (second.complete && !isCutDay(second.day)),
    ...(first !== undefined && { previous: { start: first.start, value: valueOf(first) } }),
  }));
  const nameOf = (index: number) => {
    const day = t("analytics.releases.day", { day: index + 1 });
    const start = points[index]?.start;
    return sameWeekdays && start ? `${day}, ${format.weekdayName(start, "short")}` : day;
  };
  const last = period2.series.findLast((day) => figureOf(day, report.figure) !== null);
  const isOpen = last !== undefined && (!last.complete || isCutDay(last.day));
  return (
    <LineChart
      label={t("analytics.comparison.lines", { figure: t(`analytics.figures.${report.figure}`) })}
      points={points}
      axis={words.axis}
      wholeNumbers={report.figure !== "revenue"}
      date={(_, index) => nameOf(index)}
      unfinished={
        isOpen
          ? t("analytics.course.until", {
              time: format.time(period2.end),
              value: words.exact(figureOf(last, report.figure) ?? 0),
            })
          : undefined
      }
      tooltip={(_, index) => <DayTooltip name={nameOf(index)} pair={pairs[index]} currency={currency} />}
      onPick={(_, index) => {
        const start = period2.series[index]?.start;
        if (start === undefined || report.figure === "revenue" || report.figure === "followers") return;
        const to = period2.series[index + 1]?.start ?? period2.end;
        void navigate(hrefOfPlays({ from: start, to }), { preventScrollReset: true });
      }}
    />
  );
}

/** Both periods' day with its number, then the difference in words. */
interface DayTooltipProps {
  name: string;
  pair: DayPair | undefined;
  currency: string | null;
}

function DayTooltip({ name, pair, currency }: DayTooltipProps) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const words = useFigureWords(currency)[report.figure];
  const valueOf = (day: ElapsedDay | undefined) => (day === undefined ? null : figureOf(day, report.figure));
  const [before, now] = [valueOf(pair?.first), valueOf(pair?.second)];
  const difference = before === null || now === null ? null : now - before;
  return (
    <>
      <p className="font-semibold">{name}</p>
      {(
        [
          [pair?.second, now, "bg-series6", ""],
          [pair?.first, before, "bg-previous", "text-on-tooltip2"],
        ] as const
      ).map(
        ([day, value, line, text]) =>
          day !== undefined && (
            <p key={line} className={`flex justify-between gap-4 ${text}`}>
              <span className="flex items-center gap-2">
                <span aria-hidden className={`h-0.5 w-4 ${line}`} />
                {format.weekday(day.start)}
              </span>
              {value === null ? t("analytics.course.unknown") : words.phrase(value)}
            </p>
          ),
      )}
      {difference !== null && before !== null && before > 0 && (
        <p className="mt-1 pl-6">
          {t(difference < 0 ? "analytics.course.less" : "analytics.course.more", {
            change: format.change(difference / before),
            arrow: difference < 0 ? "▼" : "▲",
            difference: words.exact(Math.abs(difference)),
          })}
        </p>
      )}
      {pair?.second?.complete === false && (
        <p className="mt-1 pl-6 text-on-tooltip2">{t("analytics.course.notFinished")}</p>
      )}
    </>
  );
}

/** The chosen figure of each day of both periods. */
function LinesTable({ comparison, currency }: LinesProps) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const words = useFigureWords(currency)[report.figure];
  const written = (day: ElapsedDay | undefined) => {
    const value = day === undefined ? null : figureOf(day, report.figure);
    return value === null ? <span className="text-ink3">{"–"}</span> : words.exact(value);
  };
  const columnsOf = (which: "first" | "second", name: string): Column<DayPair>[] => [
    {
      key: `${which} date`,
      title: name,
      wide: true,
      cell: (pair) => <span className="text-ink2">{pair[which] && format.weekday(pair[which].start)}</span>,
    },
    {
      key: which,
      title: t(`analytics.figures.${report.figure}`),
      numeric: true,
      cell: (pair) => written(pair[which]),
    },
  ];
  const columns: Column<DayPair>[] = [
    {
      key: "day",
      title: t("analytics.buckets.day"),
      heading: true,
      cell: ({ day }) => t("analytics.releases.day", { day: day + 1 }),
      sortBy: ({ day }) => day,
    },
    ...columnsOf("first", t("analytics.comparison.period1")),
    ...columnsOf("second", t("analytics.comparison.period2")),
  ];
  return (
    <div className="max-h-80 overflow-y-auto">
      <DataTable
        caption={t("analytics.course.table")}
        columns={columns}
        rows={pairsOf(comparison)}
        rowKey={({ day }) => day}
      />
    </div>
  );
}
