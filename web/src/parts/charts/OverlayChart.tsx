import type { ReactNode } from "react";
import { ComposedChart, Line, Tooltip, XAxis, YAxis } from "recharts";
import { ChartTooltip } from "./ChartTooltip";
import { labelled, steps } from "./course";
import { HorizontalGrid } from "./HorizontalGrid";
import { lineColour, mostLines } from "./overlay";
import { useWidth } from "./useWidth";

/** One line of an overlay: a number by steps that all lines share, such as days since something began. */
export interface OverlayLine {
  key: string;
  values: readonly (number | null)[];
}

interface OverlayChartProps {
  /** What is drawn, for those who don't see it. */
  label: string;
  /** At most `mostLines`, each in its own colour. */
  lines: readonly OverlayLine[];
  axis: (value: number) => string;
  step: (index: number) => string;
  tooltip: (index: number) => ReactNode;
  height?: number;
}

const axisText = { fontSize: 12, fill: "var(--color-ink3)" };
const margin = { top: 8, right: 28, bottom: 0, left: 0 };
const stepWidth = 72;

/** Several courses laid over each other. */
export function OverlayChart({ label, lines, axis, step, tooltip, height = 240 }: OverlayChartProps) {
  const [measure, width] = useWidth(800);
  const count = Math.max(0, ...lines.map(({ values }) => values.length));
  const data = Array.from({ length: count }, (_, index) => ({
    index,
    ...Object.fromEntries(lines.map(({ key, values }) => [key, values[index] ?? null])),
  }));
  const ticks = steps(Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0))), true);
  return (
    <div ref={measure} className="min-w-0" style={{ height }}>
      <ComposedChart width={width} height={height} data={data} margin={margin} title={label}>
        <HorizontalGrid />
        <XAxis
          dataKey="index"
          type="number"
          domain={[0, Math.max(1, count - 1)]}
          ticks={labelled(count, Math.min(8, Math.floor(width / stepWidth)))}
          interval={0}
          tickFormatter={step}
          tick={axisText}
          tickSize={4}
          tickMargin={6}
          height={24}
          stroke="var(--color-line2)"
        />
        <YAxis
          width={Math.max(...ticks.map((tick) => axis(tick).length)) * 7 + 12}
          domain={[0, ticks.at(-1) ?? 1]}
          ticks={ticks}
          tickFormatter={axis}
          tick={axisText}
          axisLine={false}
          tickLine={false}
        />
        {lines.slice(0, mostLines).map(({ key }, index) => (
          <Line
            key={key}
            type="linear"
            dataKey={key}
            stroke={lineColour(index)}
            strokeWidth={2}
            dot={false}
            activeDot={false}
            isAnimationActive={false}
          />
        ))}
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: "var(--color-ctl)" }}
          offset={12}
          position={{ y: 0 }}
          content={<StepTooltip render={tooltip} />}
        />
      </ComposedChart>
    </div>
  );
}

interface StepTooltipProps {
  render: (index: number) => ReactNode;
  /** Given by the chart. */
  active?: boolean;
  label?: string | number;
}

function StepTooltip({ render, active, label }: StepTooltipProps) {
  return active && typeof label === "number" ? <ChartTooltip>{render(label)}</ChartTooltip> : null;
}
