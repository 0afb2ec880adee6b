import { steps } from "./course";

/** The plays of one minute; null: not known yet. */
interface MinuteBar {
  start: string;
  plays: number | null;
  complete: boolean;
}

interface MinuteBarsProps {
  /** What is drawn, for those who don't see it. */
  label: string;
  bars: readonly MinuteBar[];
  axis: (value: number) => string;
  time: (start: string) => string;
  /** A bar in words, shown on hover. */
  describe: (bar: MinuteBar) => string;
}

/** A time stands under every tenth bar. */
const labelEvery = 10;

/** A bar a minute. The one that runs has a dashed edge; one that isn't known stays empty with a dashed edge, and is never 0. */
export function MinuteBars({ label, bars, axis, time, describe }: MinuteBarsProps) {
  const ticks = steps(Math.max(4, ...bars.map(({ plays }) => plays ?? 0)), true);
  const top = ticks.at(-1) ?? 1;
  return (
    <div
      role="img"
      aria-label={label}
      className="grid grid-cols-[auto_1fr] gap-x-2 text-12 text-ink3 tabular-nums"
    >
      <div aria-hidden className="relative h-44 w-6">
        {ticks.map((tick) => (
          <span
            key={tick}
            className="absolute right-0 translate-y-1/2"
            style={{ bottom: `${(tick / top) * 100}%` }}
          >
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
        <div className="absolute inset-0 flex items-end gap-px md:gap-1">
          {bars.map((bar) => (
            <span
              key={bar.start}
              title={describe(bar)}
              className="flex h-full min-w-0 flex-1 items-end hover:bg-hover"
            >
              <span
                className={`w-full rounded-t-4 ${lookOf(bar)}`}
                style={{ height: bar.plays === null ? "100%" : `${(bar.plays / top) * 100}%` }}
              />
            </span>
          ))}
        </div>
      </div>
      <span />
      <div aria-hidden className="mt-1 flex gap-px md:gap-1">
        {bars.map(({ start }, index) => (
          <span key={start} className="min-w-0 flex-1 whitespace-nowrap">
            {index % labelEvery === 0 && time(start)}
          </span>
        ))}
      </div>
    </div>
  );
}

function lookOf({ plays, complete }: MinuteBar): string {
  if (plays === null) return "border border-dashed border-line2";
  if (plays === 0) return "";
  return complete ? "bg-series1" : "border border-b-0 border-dashed border-series1 bg-series1/20";
}
