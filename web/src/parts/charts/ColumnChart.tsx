import { labelled, steps } from "./course";

/** One column; null: not known yet. */
export interface ChartColumn {
  key: string;
  value: number | null;
  /** What it counts is over; one that runs has a dashed edge. */
  complete: boolean;
}

interface ColumnChartProps {
  /** What is drawn, for those who don't see it. */
  label: string;
  columns: readonly ChartColumn[];
  axis: (value: number) => string;
  wholeNumbers?: boolean;
  /** What stands under a column: its date or time. */
  name: (index: number) => string;
  /** A column in words, shown on hover. */
  describe: (index: number) => string;
}

const mostNames = 4;
/** The least that the axis reaches to, so that a single play isn't a tower. */
const leastTop = 4;

/** A column for each stretch of time. One that isn't known stays empty with a dashed edge, and is never 0. */
export function ColumnChart({
  label,
  columns,
  axis,
  wholeNumbers = false,
  name,
  describe,
}: ColumnChartProps) {
  const largest = Math.max(wholeNumbers ? leastTop : 0, ...columns.map(({ value }) => value ?? 0));
  const ticks = steps(largest, wholeNumbers);
  const top = ticks.at(-1) ?? 1;
  const named = new Set(labelled(columns.length, mostNames));
  const gap = columns.length > 40 ? "gap-px" : "gap-px md:gap-1";
  return (
    <div
      role="img"
      aria-label={label}
      className="grid grid-cols-[auto_1fr] gap-x-2 pt-2 text-12 text-ink3 tabular-nums"
    >
      <div aria-hidden className="flex h-44 flex-col-reverse justify-between text-right">
        {ticks.map((tick) => (
          <span key={tick} className="flex h-0 items-center justify-end whitespace-nowrap">
            {axis(tick)}
          </span>
        ))}
      </div>
      <div className="relative h-44 border-b border-line2">
        {ticks.slice(1).map((tick) => (
          <span
            key={tick}
            aria-hidden
            className="absolute inset-x-0 border-t border-grid"
            style={{ bottom: `${(tick / top) * 100}%` }}
          />
        ))}
        <div className={`absolute inset-0 flex ${gap}`}>
          {columns.map((column, index) => (
            <span
              key={column.key}
              title={describe(index)}
              className="flex h-full min-w-0 flex-1 items-end hover:bg-hover"
            >
              <span
                className={`w-full rounded-t-4 ${lookOf(column)}`}
                style={{ height: column.value === null ? "100%" : `${(column.value / top) * 100}%` }}
              />
            </span>
          ))}
        </div>
      </div>
      <span />
      <div aria-hidden className={`mt-1 flex h-4 ${gap}`}>
        {columns.map(({ key }, index) => (
          <span
            key={key}
            className={`flex min-w-0 flex-1 whitespace-nowrap ${placeOf(index, columns.length)}`}
          >
            {named.has(index) && name(index)}
          </span>
        ))}
      </div>
    </div>
  );
}

function lookOf({ value, complete }: ChartColumn): string {
  if (value === null) return "border border-dashed border-line2";
  if (value === 0) return "";
  return complete ? "bg-series1" : "border border-b-0 border-dashed border-series1 bg-series1/20";
}

/** A name stands in the middle under its column, those at the ends inside of the plot. */
function placeOf(index: number, count: number): string {
  if (index === 0) return "justify-start";
  return index === count - 1 ? "justify-end" : "justify-center";
}
