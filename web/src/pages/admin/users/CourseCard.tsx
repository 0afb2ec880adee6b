import type { UseQueryResult } from "@tanstack/react-query";
import { ChartLine, Table2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { IconButton } from "@/parts/Button";
import { LineChart } from "@/parts/charts/later";
import type { CoursePoint } from "@/parts/charts/course";
import { DataTable, type Column } from "@/parts/DataTable";
import { Segmented } from "@/parts/Segmented";
import { AdminCard, CsvButton } from "../parts/AdminCard";
import type { SignUps, UserDay, Users } from "../queries";
import { useRange } from "../range";
import { courseOf } from "./course";

const shownMetrics = ["dau", "wau", "mau", "signUps", "listeners"] as const;
type Shown = (typeof shownMetrics)[number];

interface CourseCardProps {
  users: UseQueryResult<Users>;
  signUps: UseQueryResult<SignUps>;
}

/** One of the numbers by day, beside the others in a table. */
export function CourseCard({ users, signUps }: CourseCardProps) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const [metric, setMetric] = useState<Shown>("dau");
  const [asTable, setAsTable] = useState(false);
  const query: UseQueryResult<Users | SignUps> = metric === "signUps" ? signUps : users;
  return (
    <AdminCard
      query={query}
      title={t(`admin.users.course.${metric}`)}
      sentence={() =>
        metric === "listeners" && users.data?.listeners.status === "unavailable"
          ? t(`admin.sources.${users.data.listeners.missing ?? "other"}`)
          : t("admin.users.dates", { dates: format.dates(range.first, range.today) })
      }
      failed={t("admin.users.failed")}
      className="rounded-t-none border-t-0"
      tools={
        <>
          <IconButton
            icon={asTable ? ChartLine : Table2}
            label={t(asTable ? "admin.tools.picture" : "admin.tools.table")}
            onClick={() => setAsTable(!asTable)}
          />
          <CsvButton
            path={`/api/v1/admin/analytics/${metric === "signUps" ? "signups" : "users"}`}
            query={
              metric === "signUps"
                ? { from: range.first, to: range.tomorrow, tz: range.zone }
                : { from: range.first, to: range.tomorrow }
            }
          />
        </>
      }
      skeleton={
        <div className="-mb-2 h-60 rounded-8 bg-skeleton2" role="status" aria-label={t("states.loading")} />
      }
    >
      {() => (
        <>
          <div className="mb-3">
            <Segmented
              small
              label={t("admin.users.shown")}
              options={shownMetrics.map((value) => ({ value, label: t(`admin.users.short.${value}`) }))}
              value={metric}
              onChange={setMetric}
            />
          </div>
          {asTable ? (
            <UsersTable days={users.data?.days.filter(({ date }) => date >= range.first) ?? []} />
          ) : (
            <Course points={pointsOf()} metric={metric} />
          )}
        </>
      )}
    </AdminCard>
  );

  function pointsOf(): CoursePoint[] {
    if (metric === "signUps") {
      const buckets = signUps.data?.buckets.slice(-range.days - 1) ?? [];
      return buckets.map(({ start, complete, signups }) => ({ start, complete, value: signups }));
    }
    return courseOf(users.data?.days.filter(({ date }) => date >= range.first) ?? [], metric);
  }
}

function Course({ points, metric }: { points: readonly CoursePoint[]; metric: Shown }) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const running = points.at(-1);
  if (running === undefined) return <p className="py-8 text-center text-ink3">{t("admin.users.unknown")}</p>;
  return (
    <div className="-mb-2">
      <LineChart
        label={t(`admin.users.course.${metric}`)}
        points={points}
        axis={format.count}
        wholeNumbers
        date={format.day}
        unfinished={
          !running.complete && running.value !== null
            ? t("admin.users.today", { value: format.count(running.value) })
            : undefined
        }
        tooltip={({ start, value, complete }) => (
          <>
            <p className="flex justify-between gap-4 font-semibold">
              {format.weekday(start)}
              <span>{value === null ? t("admin.users.unknown") : format.count(value)}</span>
            </p>
            {!complete && <p className="text-on-tooltip2">{t("admin.users.running")}</p>}
          </>
        )}
      />
    </div>
  );
}

function UsersTable({ days }: { days: readonly UserDay[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const number = (value: number | null) => (value === null ? "–" : format.count(value));
  const metrics = ["dau", "wau", "mau", "listeners"] as const;
  const columns: Column<UserDay>[] = [
    {
      key: "date",
      title: t("admin.users.day"),
      heading: true,
      cell: ({ date, complete }) => (
        <>
          {format.weekday(date)}
          {!complete && <span className="ml-2 text-12 text-ink3">{t("admin.users.running")}</span>}
        </>
      ),
      sortBy: ({ date }) => date,
    },
    ...metrics.map((metric): Column<UserDay> => ({
      key: metric,
      title: t(`admin.users.short.${metric}`),
      numeric: true,
      wide: metric === "wau" || metric === "listeners",
      cell: (day) => number(day[metric]),
      sortBy: (day) => day[metric],
    })),
    {
      key: "stickiness",
      title: t("admin.users.metrics.stickiness"),
      numeric: true,
      cell: ({ stickiness }) => (stickiness === null ? "–" : format.percent(stickiness, 1)),
      sortBy: ({ stickiness }) => stickiness,
    },
  ];
  return (
    <div className="max-h-80 overflow-y-auto">
      <DataTable
        caption={t("admin.users.table")}
        columns={columns}
        rows={days}
        rowKey={({ date }) => date}
        sort={{ column: "date", descending: true }}
      />
    </div>
  );
}
