import { boundsOf, comparisonOf, periodBefore, type Bounds, type Period } from "./period";
import { useOverview, type Measures, type Overview, type ReportQuery } from "./queries";
import type { Report } from "./report";

/** A report beside the period before it. */
export interface ComparedOverview {
  current: ReportQuery<Overview>;
  /** Null: not wanted, not known yet, or not to be had. */
  earlier: EarlierOverview | null;
}

export interface EarlierOverview {
  period: Period;
  /** Of the earlier period; while the later one runs, until the same time of its last day. */
  overview: Overview;
  /** What the earlier total is fairly compared with: the later total, until the same time. */
  basis: Measures;
  /** While the period runs: until when both are counted (RFC 3339). */
  until: string | null;
}

/** The overview and the one before it. While the period runs, both are compared up to the last whole quarter hour. */
export function useComparedOverview(report: Report): ComparedOverview {
  const current = useOverview(report);
  const asOf = current.data?.meta.as_of ?? null;
  const comparison =
    report.compared && asOf !== null ? comparisonOf(report.period, report.zone, asOf, report.preset) : null;
  const idle: Bounds = boundsOf(report.period);
  const earlier = useOverview(report, {
    bounds: comparison?.earlier ?? idle,
    enabled: comparison !== null,
  });
  const cut = comparison?.cut ?? null;
  const untilCut = useOverview(report, { bounds: cut?.bounds ?? idle, enabled: cut !== null });

  const basis = cut === null ? current.data : untilCut.data;
  const isKnown = comparison !== null && earlier.data !== undefined && basis !== undefined;
  return {
    current,
    earlier:
      isKnown && !earlier.isPlaceholderData
        ? {
            period: periodBefore(report.period, report.preset),
            overview: earlier.data.data,
            basis: basis.data.total,
            until: cut?.at ?? null,
          }
        : null,
  };
}
