import type { ReactNode } from "react";
import { Area, ComposedChart, Line, ReferenceDot, Tooltip, XAxis, YAxis } from "recharts";
import { ChartTooltip } from "./ChartTooltip";
import { drawn, isLonely, labelled, steps, type CoursePoint, type DrawnPoint } from "./course";
import { HorizontalGrid } from "./HorizontalGrid";
import { useWidth } from "./useWidth";

interface LineChartProps {
  /** What is drawn, for those who don't see it: "Plays by day, 27 Oct – 23 Nov 2026". */
  label: string;
  points: readonly CoursePoint[];
  /** Numbers on the axis. */
  axis: (value: number) => string;
  /** Values come in whole numbers only, so that no step of the axis is a fraction. */
  wholeNumbers?: boolean;
  /** What stands on the axis under a point: its date, unless points are told by their number. */
  date: (start: string, index: number) => string;
  /** What stands at the last point while it isn't finished: "Today until 14:20: 215". */
  unfinished?: string;
  tooltip: (point: CoursePoint, index: number) => ReactNode;
  /** A click on a point: the plays behind it. */
  onPick?: (point: CoursePoint, index: number) => void;
  /** 240 unless told; 180 on a phone. */
  height?: number;
}

const axisText = { fontSize: 12, fill: "var(--color-ink3)" };
/** A date on the axis is about this wide. */
const dateWidth = 72;
const margin = { top: 8, right: 28, bottom: 0, left: 0 };
/** A letter on the axis is about this wide. */
const letterWidth = 6.5;

/** One number by time over the same of the earlier period. What isn't finished is dashed, what isn't known isn't drawn. */
export function LineChart({
  label,
  points,
  axis,
  wholeNumbers = false,
  date,
  unfinished,
  tooltip,
  onPick,
  height = 240,
}: LineChartProps) {
  const [measure, width] = useWidth(800);
  const data = drawn(points);
  const largest = Math.max(0, ...data.flatMap(({ value, previous }) => [value ?? 0, previous?.value ?? 0]));
  const ticks = steps(largest, wholeNumbers);
  const shown = labelled(data.length, Math.min(8, Math.floor(width / dateWidth)));
  const last = data.findLast(({ value }) => value !== null);
  // The first and the last name on the axis stand half outside of the plot.
  const half = (index: number) => (date(data[index]?.start ?? "", index).length * letterWidth) / 2;
  const axisWidth = Math.max(Math.max(...ticks.map((tick) => axis(tick).length)) * 7 + 12, half(0));
  const right = Math.max(margin.right, half(data.length - 1));
  const line = { type: "linear", isAnimationActive: false, dot: false, activeDot: false } as const;
  const pointed = { r: 4, stroke: "var(--color-surface)", strokeWidth: 2 };

  return (
    <div ref={measure} className="min-w-0" style={{ height }}>
      <ComposedChart
        width={width}
        height={height}
        data={data}
        margin={{ ...margin, right }}
        title={label}
        className={onPick === undefined ? "" : "cursor-pointer"}
        onClick={({ activeTooltipIndex }) => {
          const point = data[Number(activeTooltipIndex)];
          if (point !== undefined) onPick?.(point, point.index);
        }}
      >
        <HorizontalGrid />
        <XAxis
          dataKey="index"
          type="number"
          domain={[0, Math.max(1, data.length - 1)]}
          ticks={shown}
          interval={0}
          tickFormatter={(index: number) => date(data[index]?.start ?? "", index)}
          tick={axisText}
          tickSize={4}
          tickMargin={6}
          height={24}
          stroke="var(--color-line2)"
        />
        <YAxis
          width={axisWidth}
          domain={[0, ticks.at(-1) ?? 1]}
          ticks={ticks}
          tickFormatter={axis}
          tick={axisText}
          axisLine={false}
          tickLine={false}
        />
        <Area
          {...line}
          dataKey="whole"
          stroke="none"
          fill="var(--color-series1)"
          fillOpacity={0.07}
          tooltipType="none"
        />
        <Line
          {...line}
          dataKey="previousWhole"
          stroke="var(--color-previous)"
          strokeWidth={1.25}
          activeDot={{ ...pointed, r: 3 }}
        />
        <Line
          {...line}
          dataKey="previousOpen"
          stroke="var(--color-previous)"
          strokeWidth={1.25}
          strokeDasharray="4 4"
        />
        <Line {...line} dataKey="open" stroke="var(--color-series1)" strokeWidth={2} strokeDasharray="4 4" />
        <Line {...line} dataKey="whole" stroke="var(--color-series1)" strokeWidth={2} activeDot={pointed} />
        {data.filter(isLonely).map(({ index, whole }) => (
          <ReferenceDot
            key={index}
            x={index}
            y={whole ?? 0}
            r={3}
            fill="var(--color-series1)"
            stroke="none"
          />
        ))}
        {last?.complete === false && last.value !== null && (
          <ReferenceDot
            x={last.index}
            y={last.value}
            r={4}
            fill="var(--color-surface)"
            stroke="var(--color-series1)"
            strokeWidth={2}
            label={<EndLabel text={unfinished} low={last.value < largest / 4} />}
          />
        )}
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: "var(--color-ctl)" }}
          offset={12}
          // Above the lines rather than over them.
          position={{ y: 0 }}
          content={<PointTooltip render={tooltip} />}
        />
      </ComposedChart>
    </div>
  );
}

interface PointTooltipProps {
  render: (point: CoursePoint, index: number) => ReactNode;
  /** Given by the chart. */
  active?: boolean;
  payload?: readonly { payload?: DrawnPoint }[];
}

function PointTooltip({ render, active, payload }: PointTooltipProps) {
  const point = payload?.[0]?.payload;
  return active && point !== undefined ? <ChartTooltip>{render(point, point.index)}</ChartTooltip> : null;
}

interface EndLabelProps {
  text: string | undefined;
  /** The point is near the baseline: the text goes above it. */
  low: boolean;
  /** Given by the chart. */
  viewBox?: { x?: number; y?: number };
}

/** The words at the last point, kept inside the plot's right edge. */
function EndLabel({ text, low, viewBox }: EndLabelProps) {
  if (text === undefined || viewBox?.x === undefined || viewBox.y === undefined) return null;
  return (
    <text
      x={viewBox.x + margin.right}
      y={viewBox.y + (low ? -12 : 24)}
      textAnchor="end"
      fontSize={12}
      fontWeight={500}
      fill="var(--color-ink)"
      stroke="var(--color-surface)"
      strokeWidth={4}
      paintOrder="stroke"
    >
      {text}
    </text>
  );
}
