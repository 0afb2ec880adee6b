import type { ReactNode } from "react";
import { Area, Bar, ComposedChart, Line, ReferenceDot, ReferenceLine, Tooltip, XAxis, YAxis } from "recharts";
import { ChartTooltip } from "./ChartTooltip";
import { labelled, steps } from "./course";
import { HorizontalGrid } from "./HorizontalGrid";
import { useWidth } from "./useWidth";

/** One day: behind, with what it brought, or to come. Null: not known. */
export interface ProjectionDay {
  date: string;
  net: number | null;
  fitted: number | null;
  low: number | null;
  high: number | null;
}

interface ProjectionChartProps {
  /** What is drawn, for those who don't see it. */
  label: string;
  /** In order; those without `net` are to come. */
  days: readonly ProjectionDay[];
  /** Days ahead that have a mark, each with its words. */
  marks: readonly { days: number; label: string }[];
  /** Left and right of where the past ends. */
  past: string;
  future: string;
  axis: (value: number) => string;
  date: (date: string) => string;
  tooltip: (day: ProjectionDay) => ReactNode;
  height?: number;
}

const axisText = { fontSize: 12, fill: "var(--color-ink3)" };
const margin = { top: 44, right: 28, bottom: 0, left: 0 };
const dateWidth = 110;
/** On narrower charts the marks stand too close for words. */
const roomForMarks = 600;

/** Steps that reach below zero, where refunds are more than sales. */
function stepsAround(lowest: number, highest: number): number[] {
  const up = steps(highest, true);
  const size = (up[1] ?? 1) - (up[0] ?? 0);
  const below = Math.ceil(Math.max(0, -lowest) / size);
  const down = Array.from({ length: below }, (_, index) => -size * (below - index));
  return [...down, ...up];
}

/** What was, as bars; the line through it; and, to the right of today, where it leads and how far single days may be off. */
export function ProjectionChart({
  label,
  days,
  marks,
  past,
  future,
  axis,
  date,
  tooltip,
  height = 380,
}: ProjectionChartProps) {
  const [measure, width] = useWidth(1_200);
  const first = days.findIndex(({ net }) => net === null);
  const begins = first < 0 ? days.length : first;
  const data = days.map((day, index) => ({
    ...day,
    index,
    trend: index < begins ? day.fitted : null,
    // The dashed line begins where the solid one ends.
    projected: index >= begins - 1 ? day.fitted : null,
    band: index >= begins && day.low !== null && day.high !== null ? [day.low, day.high] : null,
  }));
  const all = days.flatMap(({ net, fitted, high }, index) => [
    net ?? 0,
    fitted ?? 0,
    index >= begins ? (high ?? 0) : 0,
  ]);
  const ticks = stepsAround(Math.min(0, ...all), Math.max(0, ...all));
  const line = { type: "linear", isAnimationActive: false, dot: false, activeDot: false } as const;
  const shown = marks.flatMap((mark) => {
    const day = data[begins + mark.days - 1];
    return day === undefined ? [] : [{ ...mark, day }];
  });

  return (
    <div ref={measure} className="min-w-0" style={{ height }}>
      <ComposedChart
        width={width}
        height={height}
        data={data}
        margin={margin}
        title={label}
        barCategoryGap="20%"
      >
        <HorizontalGrid />
        <XAxis
          dataKey="index"
          ticks={labelled(data.length, Math.min(8, Math.floor(width / dateWidth)))}
          interval={0}
          tickFormatter={(index: number) => date(days[index]?.date ?? "")}
          tick={axisText}
          tickSize={4}
          tickMargin={6}
          height={24}
          stroke="var(--color-line2)"
        />
        <YAxis
          width={Math.max(...ticks.map((tick) => axis(tick).length)) * 7 + 12}
          domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]}
          ticks={ticks}
          tickFormatter={axis}
          tick={axisText}
          axisLine={false}
          tickLine={false}
        />
        <Area
          {...line}
          dataKey="band"
          stroke="none"
          fill="var(--color-series1)"
          fillOpacity={0.16}
          tooltipType="none"
        />
        <Bar dataKey="net" fill="var(--color-series1)" fillOpacity={0.42} isAnimationActive={false} />
        <Line {...line} dataKey="trend" stroke="var(--color-series1)" strokeWidth={2.5} />
        <Line
          {...line}
          dataKey="projected"
          stroke="var(--color-series1)"
          strokeWidth={2}
          strokeDasharray="6 4"
        />
        {data
          .filter(({ net }) => net === 0)
          .map(({ index }) => (
            <ReferenceDot
              key={index}
              x={index}
              y={0}
              r={2}
              fill="var(--color-surface)"
              stroke="var(--color-ctl)"
            />
          ))}
        {begins > 0 && begins < days.length && (
          <ReferenceLine
            x={begins}
            position="start"
            stroke="var(--color-ctl)"
            label={
              <Sides
                past={past}
                future={future}
                end={width < roomForMarks ? width - margin.right : undefined}
              />
            }
          />
        )}
        {shown.map(({ days: ahead, label: words, day }) => (
          <ReferenceLine
            key={ahead}
            x={day.index}
            stroke="var(--color-ctl)"
            strokeDasharray="2 3"
            label={width < roomForMarks ? undefined : <MarkLabel text={words} />}
          />
        ))}
        {shown.map(({ days: ahead, day }) => (
          <ReferenceDot
            key={ahead}
            x={day.index}
            y={day.fitted ?? 0}
            r={4}
            fill="var(--color-surface)"
            stroke="var(--color-series1)"
            strokeWidth={2}
          />
        ))}
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: "var(--color-hover)" }}
          offset={12}
          position={{ y: 0 }}
          content={<DayTooltip render={tooltip} />}
        />
      </ComposedChart>
    </div>
  );
}

interface GivenByChart {
  viewBox?: { x?: number; y?: number; width?: number };
}

interface SidesProps extends GivenByChart {
  past: string;
  future: string;
  /** Where the future ends, on charts too narrow for both in one line. */
  end?: number | undefined;
}

/** What lies on either side of the line between past and future. */
function Sides({ past, future, end, viewBox }: SidesProps) {
  if (viewBox?.x === undefined || viewBox.y === undefined) return null;
  const common = { y: viewBox.y - 28, fontSize: 12, fontWeight: 600, fill: "var(--color-ink)" };
  return (
    <>
      <text {...common} x={viewBox.x - 8} textAnchor="end">
        {past}
      </text>
      {end === undefined ? (
        <text {...common} x={viewBox.x + 8}>
          {future}
        </text>
      ) : (
        <text {...common} x={end} y={viewBox.y - 10} textAnchor="end">
          {future}
        </text>
      )}
    </>
  );
}

function MarkLabel({ text, viewBox }: GivenByChart & { text: string }) {
  if (viewBox?.x === undefined || viewBox.y === undefined) return null;
  return (
    <text x={viewBox.x - 6} y={viewBox.y - 4} textAnchor="end" fontSize={12} fill="var(--color-ink3)">
      {text}
    </text>
  );
}

interface DayTooltipProps {
  render: (day: ProjectionDay) => ReactNode;
  /** Given by the chart. */
  active?: boolean;
  payload?: readonly { payload?: ProjectionDay }[];
}

function DayTooltip({ render, active, payload }: DayTooltipProps) {
  const day = payload?.[0]?.payload;
  return active && day !== undefined ? <ChartTooltip>{render(day)}</ChartTooltip> : null;
}
