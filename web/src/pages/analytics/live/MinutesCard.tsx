import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Card } from "@/parts/Card";
import { ColumnChart } from "@/parts/charts/ColumnChart";
import { DataTable, type Column } from "@/parts/DataTable";
import { Tile, TileRow } from "@/parts/Tile";
import { CsvButton, TableSwitch } from "../parts/CardTools";
import { useCardState } from "../parts/useCardState";
import type { Live, ReportQuery } from "../report/queries";
import { filterParameters } from "../report/report";
import { useReport } from "../report/useReport";
import { playsOfLast } from "./playsOfLast";

type Minute = Live["minutes"][number];

/** The last 5 and 30 minutes, and the plays of each minute. */
export function MinutesCard({ query }: { query: ReportQuery<Live> }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const [asTable, setAsTable] = useState(false);
  const state = useCardState(query, ({ data }) => data.last_30.plays, {
    failed: t("analytics.live.cardFailed"),
    showsNone: true,
  });
  const live = query.data?.data;
  const asOf = query.data?.meta.as_of ?? null;
  return (
    <Card
      title={t("analytics.live.title")}
      sentence={live && <MinutesSentence live={live} />}
      state={state}
      tools={
        <>
          <TableSwitch asTable={asTable} onChange={setAsTable} />
          <CsvButton path="/api/v1/analytics/live" query={filterParameters(report)} />
        </>
      }
      skeleton={
        <div className="h-80 rounded-8 bg-skeleton2" role="status" aria-label={t("states.loading")} />
      }
      foot={
        <span className="text-12 font-normal text-ink3">
          {asOf === null
            ? t("analytics.live.ticking")
            : t("analytics.live.asOf", { time: format.timeExact(asOf) })}
        </span>
      }
    >
      {live !== undefined && (
        <>
          <TileRow className="mb-4 rounded-8 border max-lg:*:col-span-3 lg:*:border-b-0">
            <Counted
              label={t("analytics.metrics.plays")}
              hint={t("analytics.live.last5")}
              value={live.last_5.plays}
              minutes={5}
              live={live}
            />
            <Counted
              label={t("analytics.metrics.listeners")}
              hint={t("analytics.live.last5")}
              value={live.last_5.listeners}
              minutes={5}
              live={live}
            />
            <Counted
              label={t("analytics.metrics.plays")}
              hint={t("analytics.live.last30")}
              value={live.last_30.plays}
              minutes={30}
              live={live}
            />
            <Counted
              label={t("analytics.metrics.listeners")}
              hint={t("analytics.live.last30")}
              value={live.last_30.listeners}
              minutes={30}
              live={live}
            />
          </TileRow>
          {asTable ? <MinutesTable minutes={live.minutes} /> : <Minutes minutes={live.minutes} />}
        </>
      )}
    </Card>
  );
}

interface CountedProps {
  label: string;
  hint: string;
  value: number | null;
  /** The last so many are counted. */
  minutes: number;
  live: Live;
}

function Counted({ label, hint, value, minutes, live }: CountedProps) {
  const { t } = useTranslation();
  const { report, hrefOfPlays } = useReport();
  const format = useFormat(report.zone);
  const plays = playsOfLast(minutes, live);
  return (
    <Tile
      label={label}
      hint={hint}
      value={value === null ? null : format.count(value)}
      valueTo={value === null ? undefined : hrefOfPlays(plays)}
      valueLabel={t("analytics.live.show", { time: format.time(plays.received_from) })}
    />
  );
}

function MinutesSentence({ live }: { live: Live }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const plays = live.last_30.plays ?? 0;
  const [busiest] = live.minutes.toSorted((a, b) => (b.plays ?? 0) - (a.plays ?? 0));
  if (plays === 0 || busiest === undefined) return t("analytics.live.silent");
  return t("analytics.live.sentence", {
    count: plays,
    time: format.time(busiest.start),
    most: busiest.plays ?? 0,
  });
}

function Minutes({ minutes }: { minutes: readonly Minute[] }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const describe = (minute: Minute | undefined) => {
    if (minute === undefined) return "";
    const { start, plays, complete } = minute;
    const counted =
      plays === null ? t("analytics.course.unknown") : t("analytics.phrases.plays", { count: plays });
    const parts = [format.time(start), counted, complete ? "" : t("analytics.course.notFinished")];
    return parts.filter(Boolean).join(", ");
  };
  return (
    <ColumnChart
      label={t("analytics.live.chart")}
      columns={minutes.map(({ start, plays, complete }) => ({ key: start, value: plays, complete }))}
      axis={format.count}
      wholeNumbers
      name={(index) => format.time(minutes[index]?.start ?? "")}
      describe={(index) => describe(minutes[index])}
    />
  );
}

function MinutesTable({ minutes }: { minutes: readonly Minute[] }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const columns: Column<Minute>[] = [
    {
      key: "start",
      title: t("analytics.live.minute"),
      heading: true,
      cell: ({ start, complete }) => (
        <>
          {format.time(start)}
          {!complete && <span className="ml-2 text-12 text-ink3">{t("analytics.course.notFinished")}</span>}
        </>
      ),
      sortBy: ({ start }) => Date.parse(start),
    },
    {
      key: "plays",
      title: t("analytics.metrics.plays"),
      numeric: true,
      cell: ({ plays }) => (plays === null ? "–" : format.count(plays)),
      sortBy: ({ plays }) => plays,
    },
  ];
  return (
    <div className="max-h-80 overflow-y-auto">
      <DataTable
        caption={t("analytics.live.chart")}
        columns={columns}
        rows={minutes}
        rowKey={({ start }) => start}
        sort={{ column: "start", descending: true }}
      />
    </div>
  );
}
