import { useTranslation } from "react-i18next";
import { Change } from "@/parts/Change";
import { Sparkline } from "@/parts/charts/Sparkline";
import { Tile, TileRow } from "@/parts/Tile";
import type { Overview } from "../report/queries";
import { metrics, type Metric } from "../report/report";
import type { EarlierOverview } from "../report/useComparison";
import { useReport, type PlaysBehind } from "../report/useReport";
import { useAgainst, useMetricWords } from "../report/words";
import { courseOf } from "./course";

/** A fraction's change is told in points, a number's in per cent of what it was. */
const isFraction = (metric: Metric) => metric === "completion" || metric === "skip_rate";

/** Rows that a number is made of; plays are what the drawer shows anyway. */
const behind: Record<Metric, PlaysBehind> = {
  plays: {},
  listeners: {},
  heard_ms: { heard: "true" },
  completion: { completed: "true" },
  skip_rate: { skipped: "true" },
};

interface TilesProps {
  overview: Overview | undefined;
  earlier: EarlierOverview | null;
}

/** The five numbers; the chosen one decides what the line below shows. */
export function Tiles({ overview, earlier }: TilesProps) {
  const { t } = useTranslation();
  const { report, change, hrefOfPlays } = useReport();
  const words = useMetricWords();
  const against = useAgainst(report);
  return (
    <TileRow>
      {metrics.map((metric) => {
        const value = overview?.total[metric] ?? null;
        const { compact, exact } = words[metric];
        return (
          <Tile
            key={metric}
            label={t(`analytics.metrics.${metric}`)}
            value={value === null ? null : compact(value)}
            exact={value === null ? undefined : exact(value)}
            valueTo={value === null ? undefined : hrefOfPlays(behind[metric])}
            valueLabel={t("analytics.tiles.plays", { metric: t(`analytics.metrics.${metric}`) })}
            change={
              earlier !== null && (
                <Change
                  value={changeOf(metric, earlier)}
                  unit={isFraction(metric) ? "points" : "percent"}
                  good={metric === "skip_rate" ? "down" : "up"}
                  against={against}
                />
              )
            }
            sparkline={overview && <Sparkline points={courseOf(overview.buckets, metric)} />}
            loading={overview === undefined}
            selected={metric === report.metric}
            onSelect={() => change({ metric })}
          />
        );
      })}
    </TileRow>
  );
}

function changeOf(metric: Metric, { basis, overview }: EarlierOverview): number | null {
  const now = basis[metric];
  const before = overview.total[metric];
  if (now === null || before === null) return null;
  if (isFraction(metric)) return now - before;
  return before === 0 ? null : (now - before) / before;
}
