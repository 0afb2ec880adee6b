import type { ReactNode } from "react";
import { Link } from "react-router";
import { Card } from "@/parts/Card";
import { SkeletonRows } from "@/parts/Skeleton";
import type { Answer, Counts, ReportPath, ReportQuery } from "../report/queries";
import { reportParameters } from "../report/report";
import { useReport } from "../report/useReport";
import { CsvButton } from "./CardTools";
import { useCardState } from "./useCardState";

export type BreakdownPath = Exclude<
  ReportPath,
  `${string}/${"overview" | "excluded" | "compare" | "live" | "revenue" | "revenue/projection"}`
>;

/** What every breakdown's data have. */
interface Totalled {
  total: Counts;
}

interface ReportCardProps<Data extends Totalled> {
  query: ReportQuery<Data>;
  /** The question. */
  title: string;
  sentence: (answer: Answer<Data>) => ReactNode;
  /** What is said when it failed. */
  failed: string;
  /** Where its CSV is. */
  csv: BreakdownPath;
  /** What it is asked for besides the report: entries, as many as the API likes unless told. */
  csvQuery?: { limit?: number; versions?: boolean };
  /** More icon buttons, before CSV. */
  tools?: ReactNode;
  /** The tab that has more of it: its path below `/analytics`, and its words. */
  more?: { to: string; label: string };
  /** The left of the foot, where there is no more. */
  note?: ReactNode;
  /** The right of the foot. */
  aside?: (answer: Answer<Data>) => ReactNode;
  skeleton?: ReactNode;
  children: (answer: Answer<Data>) => ReactNode;
  className?: string;
}

/** A card that is filled by one report, and fails alone. */
export function ReportCard<Data extends Totalled>({
  query,
  title,
  sentence,
  failed,
  csv,
  csvQuery,
  tools,
  more,
  note,
  aside,
  skeleton,
  children,
  className = "",
}: ReportCardProps<Data>) {
  const { report, search } = useReport();
  const state = useCardState(query, ({ data }) => data.total.plays, { failed });
  const answer = query.data;
  const hasFoot = more !== undefined || note !== undefined || aside !== undefined;
  return (
    <Card
      title={title}
      sentence={answer && sentence(answer)}
      state={state}
      skeleton={skeleton ?? <SkeletonRows rows={12} />}
      className={`${className} ${query.isPlaceholderData ? "opacity-60" : ""}`}
      tools={
        <>
          {tools}
          <CsvButton path={csv} query={{ ...reportParameters(report), ...csvQuery }} />
        </>
      }
      foot={
        hasFoot ? (
          <>
            {more === undefined ? (
              <span className="text-12 font-normal text-ink3">{note}</span>
            ) : (
              <Link to={`/analytics/${more.to}${search}`} className="text-accent hover:underline">
                {more.label}
              </Link>
            )}
            {answer !== undefined && <span className="text-12 font-normal text-ink3">{aside?.(answer)}</span>}
          </>
        ) : undefined
      }
    >
      {answer !== undefined && children(answer)}
    </Card>
  );
}
