import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useFormat } from "@/format/useFormat";
import { Card } from "@/parts/Card";
import { LineChart } from "@/parts/charts/later";
import type { CoursePoint } from "@/parts/charts/course";
import { Segmented } from "@/parts/Segmented";
import { CsvButton, TableSwitch } from "../parts/CardTools";
import { useCardState } from "../parts/useCardState";
import { localTime } from "../report/civil";
import { bucketsFor } from "../report/period";
import type { Overview, ScopeMeta } from "../report/queries";
import type { ComparedOverview, EarlierOverview } from "../report/useComparison";
import { reportParameters } from "../report/report";
import { useMinute } from "../report/useMinute";
import { useReport } from "../report/useReport";
import { useBucketWords, useMetricWords } from "../report/words";
import { courseOf } from "./course";
import { CourseTable } from "./CourseTable";
import { Legend } from "./Legend";

/** The chosen number over time, over the same of the period before. */
export function CourseCard({ current, earlier }: ComparedOverview) {
  const { t } = useTranslation();
  const { report, change } = useReport();
  const [asTable, setAsTable] = useState(false);
  const state = useCardState(current, ({ data }) => data.total.plays, {
    failed: t("analytics.course.failed"),
    withSnippet: true,
  });
  const answer = current.data;
  const units = bucketsFor(report.period).map((value) => ({ value, label: t(`analytics.buckets.${value}`) }));

  return (
    <Card
      title={t(`analytics.course.title.${report.metric}`, {
        bucket: t(`analytics.course.by.${report.bucket}`),
      })}
      inline
      sentence={answer && <Legend overview={answer.data} earlier={earlier} />}
      state={state}
      className={`rounded-t-none border-t-0 ${current.isPlaceholderData ? "opacity-60" : ""}`}
      tools={
        <>
          {units.length > 1 && (
            <Segmented
              small
              label={t("analytics.course.unit")}
              options={units}
              value={report.bucket}
              onChange={(bucket) => change({ bucket })}
            />
          )}
          <TableSwitch asTable={asTable} onChange={setAsTable} />
          <CsvButton path="/api/v1/analytics/overview" query={reportParameters(report)} />
        </>
      }
      skeleton={
        <div className="-mb-2 h-60 rounded-8 bg-skeleton2" role="status" aria-label={t("states.loading")} />
      }
    >
      {answer !== undefined &&
        (asTable ? (
          <CourseTable overview={answer.data} />
        ) : (
          <>
            <div className="mb-2 md:hidden">
              <Legend overview={answer.data} earlier={earlier} />
            </div>
            <Course overview={answer.data} meta={answer.meta} earlier={earlier} />
          </>
        ))}
    </Card>
  );
}

interface CourseProps {
  overview: Overview;
  meta: ScopeMeta;
  earlier: EarlierOverview | null;
}

function Course({ overview, meta, earlier }: CourseProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { report, hrefOfPlays } = useReport();
  const format = useFormat(report.zone);
  const minute = useMinute();
  const words = useMetricWords()[report.metric];
  const bucketWords = useBucketWords(report);
  const points = courseOf(overview.buckets, report.metric, earlier?.overview.buckets, words.toDrawn);

  const running = overview.buckets.findLast((bucket) => bucket[report.metric] !== null);
  const value = running?.[report.metric] ?? null;
  const isRunning = running !== undefined && !running.complete && value !== null && meta.as_of !== null;
  const runsToday =
    isRunning &&
    report.bucket === "day" &&
    localTime(minute, report.zone).day === localTime(Date.parse(running.start), report.zone).day;
  const unfinished = isRunning
    ? t(runsToday ? "analytics.course.today" : "analytics.course.until", {
        time: format.time(meta.as_of ?? running.start),
        value: words.exact(value),
      })
    : undefined;

  const endOf = (start: string) => overview.buckets.find((bucket) => bucket.start === start)?.end;
  return (
    <div className="-mb-2">
      <LineChart
        label={t("analytics.course.label", {
          metric: t(`analytics.metrics.${report.metric}`),
          dates: format.dates(report.period.first, report.period.last),
        })}
        points={points}
        axis={words.axis}
        wholeNumbers={words.wholeNumbers}
        date={bucketWords.axis}
        unfinished={unfinished}
        tooltip={(point) => <CourseTooltip point={point} overview={overview} earlier={earlier} />}
        onPick={({ start }) => {
          const to = endOf(start);
          if (to !== undefined) void navigate(hrefOfPlays({ from: start, to }), { preventScrollReset: true });
        }}
      />
    </div>
  );
}

interface CourseTooltipProps {
  point: CoursePoint;
  overview: Overview;
  earlier: EarlierOverview | null;
}

function CourseTooltip({ point, overview, earlier }: CourseTooltipProps) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const words = useMetricWords()[report.metric];
  const { full } = useBucketWords(report);
  const at = (buckets: Overview["buckets"] | undefined, start: string | undefined) =>
    buckets?.find((bucket) => bucket.start === start)?.[report.metric] ?? null;
  const now = at(overview.buckets, point.start);
  const before = at(earlier?.overview.buckets, point.previous?.start);
  const phrase = (value: number | null) =>
    value === null ? t("analytics.course.unknown") : words.phrase(value);
  const difference = now === null || before === null ? null : now - before;
  return (
    <>
      <p className="flex justify-between gap-4 font-semibold">
        <span className="flex items-center gap-2">
          <LineSign className="bg-series6" />
          {full(point.start)}
        </span>
        {phrase(now)}
      </p>
      {point.previous !== undefined && (
        <p className="flex justify-between gap-4 text-on-tooltip2">
          <span className="flex items-center gap-2">
            <LineSign className="bg-previous" />
            {full(point.previous.start)}
          </span>
          {phrase(before)}
        </p>
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
      {!point.complete && <p className="mt-1 pl-6 text-on-tooltip2">{t("analytics.course.notFinished")}</p>}
    </>
  );
}

function LineSign({ className }: { className: string }) {
  return <span aria-hidden className={`h-0.5 w-4 ${className}`} />;
}
