import { drawn, type CoursePoint } from "./course";

const width = 88;
const height = 32;
/** Room for the dot at the end. */
const margin = 3;

/** The course of a number in 88 × 32: no axis, no numbers; the tile beside it says them. */
export function Sparkline({ points }: { points: readonly CoursePoint[] }) {
  const values = points.map(({ value }) => value).filter((value) => value !== null);
  if (values.length < 2) return null;
  const low = Math.min(...values);
  const high = Math.max(...values);
  const x = (index: number) => margin + (index / (points.length - 1)) * (width - 2 * margin);
  const y = (value: number) =>
    high === low ? height / 2 : margin + (1 - (value - low) / (high - low)) * (height - 2 * margin);

  const split = drawn(points);
  const path = (of: (point: (typeof split)[number]) => number | null) => {
    let pen = "M";
    return split
      .flatMap((point, index) => {
        const value = of(point);
        if (value === null) {
          pen = "M";
          return [];
        }
        const command = `${pen}${x(index).toFixed(1)},${y(value).toFixed(1)}`;
        pen = "L";
        return [command];
      })
      .join("");
  };
  const last = split.findLast(({ value }) => value !== null);

  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      aria-hidden
      className="h-8 min-w-0 max-w-full text-series1"
    >
      <g fill="none" stroke="currentColor" strokeWidth={1.5} strokeLinejoin="round" strokeLinecap="round">
        <path d={path(({ whole }) => whole)} />
        <path d={path(({ open }) => open)} strokeDasharray="1.5 3" />
        {last !== undefined && (
          <circle cx={x(last.index)} cy={y(last.value ?? 0)} r={2} className="fill-surface" />
        )}
      </g>
    </svg>
  );
}
