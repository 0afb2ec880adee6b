import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { DataTable, type Column } from "@/parts/DataTable";
import { Segmented } from "@/parts/Segmented";
import { Sparkline } from "@/parts/charts/Sparkline";
import { PartCard } from "../parts/AdminCard";
import { usePerformance, windows, type RoutePerformance, type Window } from "../queries";

/** The route of requests to none: files of the web app, and addresses that are not there. */
const UNMATCHED = "unmatched";

/** How fast do the services answer, and how often do they fail? */
export function PerformanceCard({ className }: { className?: string }) {
  const { t } = useTranslation();
  const [window, setWindow] = useState<Window>("1h");
  const query = usePerformance(window);
  return (
    <PartCard
      query={query}
      part={(data) => data}
      title={t("admin.performance.title")}
      sentence={({ services, routes }) => {
        const down = services.filter(({ up }) => !up);
        if (down.length > 0) return t("admin.performance.down", { count: down.length });
        const requests = routes.reduce((sum, route) => sum + route.requests, 0);
        return t("admin.performance.sentence", { count: requests, services: services.length });
      }}
      failed={t("admin.performance.failed")}
      unknown={t("admin.performance.unknown")}
      tools={() => (
        <Segmented
          small
          label={t("admin.performance.window")}
          options={windows.map((value) => ({ value, label: t(`admin.performance.windows.${value}`) }))}
          value={window}
          onChange={setWindow}
        />
      )}
      className={className}
    >
      {({ routes }) => (
        <div className="max-h-96 overflow-y-auto">
          <Routes routes={routes} />
        </div>
      )}
    </PartCard>
  );
}

function Routes({ routes }: { routes: readonly RoutePerformance[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const none = <span className="text-ink3">{"–"}</span>;
  const ms = (seconds: number | null) =>
    seconds === null
      ? none
      : t("admin.performance.ms", { ms: format.count(Math.round(seconds * 10_000) / 10) });
  const columns: Column<RoutePerformance>[] = [
    {
      key: "route",
      title: t("admin.performance.route"),
      heading: true,
      cell: ({ service, method, route }) => (
        <span className="wrap-anywhere text-12">
          <span translate="no" className="mr-2 text-ink3">
            {service}
          </span>
          {route === UNMATCHED ? (
            t("admin.performance.unmatched", { method })
          ) : (
            <span translate="no">
              {method} {route}
            </span>
          )}
        </span>
      ),
      sortBy: ({ service, route }) => `${service} ${route}`,
    },
    {
      key: "requests",
      title: t("admin.performance.requests"),
      numeric: true,
      cell: ({ requests }) => format.count(requests),
      sortBy: ({ requests }) => requests,
    },
    {
      key: "p50",
      title: t("admin.performance.p50"),
      numeric: true,
      wide: true,
      cell: ({ p50_seconds }) => ms(p50_seconds),
      sortBy: ({ p50_seconds }) => p50_seconds,
    },
    {
      key: "p95",
      title: t("admin.performance.p95"),
      numeric: true,
      cell: ({ p95_seconds }) => ms(p95_seconds),
      sortBy: ({ p95_seconds }) => p95_seconds,
    },
    {
      key: "errors",
      title: t("admin.performance.errors"),
      numeric: true,
      cell: ({ error_rate }) =>
        error_rate === null ? (
          none
        ) : (
          <span className={error_rate > 0 ? "font-semibold text-down" : ""}>
            {format.percent(error_rate, 1)}
          </span>
        ),
      sortBy: ({ error_rate }) => error_rate,
    },
    {
      key: "course",
      title: t("admin.performance.course"),
      wide: true,
      cell: ({ series }) => (
        // Lower than its row, so that it meets neither neighbour.
        <span className="block [&>svg]:h-5">
          <Sparkline
            points={series.map(({ at, p95_seconds }) => ({ start: at, value: p95_seconds, complete: true }))}
          />
        </span>
      ),
    },
  ];
  return (
    <DataTable
      caption={t("admin.performance.title")}
      columns={columns}
      rows={routes}
      rowKey={({ service, method, route }) => `${service} ${method} ${route}`}
      sort={{ column: "requests", descending: true }}
    />
  );
}
