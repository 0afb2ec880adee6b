import type { ReactNode } from "react";
import { Link } from "react-router";

interface TileProps {
  label: string;
  /** A short addition to the label: "DAU". */
  hint?: string;
  /** As written on the tile, compact; null when it is unknown, which is drawn as a dash and never as 0. */
  value: string | null;
  /** The exact number, shown on hover. */
  exact?: string;
  /** Where a click on the number leads, and what is there in words. */
  valueTo?: string;
  valueLabel?: string;
  /** A `<Change>`, or words. */
  change?: ReactNode;
  /** The course in 88 × 32. */
  sparkline?: ReactNode;
  loading?: boolean;
  /** With `onSelect` the tile is a button that decides what the chart below shows. */
  selected?: boolean;
  onSelect?: () => void;
}

/** A number that one looks at first: 112 high, meant to stand in a `<TileRow>`. */
export function Tile({
  label,
  hint,
  value,
  exact,
  valueTo,
  valueLabel,
  change,
  sparkline,
  loading = false,
  selected = false,
  onSelect,
}: TileProps) {
  const line = selected ? "before:bg-accent" : "before:bg-transparent";
  const hover = onSelect === undefined ? "" : "hover:bg-hover";
  const labelText = (
    <>
      {label}
      {hint !== undefined && <span className="ml-1.5 text-12 text-ink3">{hint}</span>}
    </>
  );
  return (
    <div
      className={`relative @container flex min-h-28 w-full min-w-0 flex-col p-3 text-left lg:p-4 before:absolute before:inset-x-0 before:-top-px before:h-0.5 ${line} ${hover}`}
    >
      <span className={`truncate ${selected ? "font-semibold text-accent" : "text-ink2"}`}>
        {onSelect === undefined ? (
          labelText
        ) : (
          // The button reaches over the whole tile; the number on it is a link of its own.
          <button
            type="button"
            aria-pressed={selected}
            onClick={onSelect}
            className="outline-offset-0 after:absolute after:inset-0"
          >
            {labelText}
          </button>
        )}
      </span>
      <span className="mt-1 flex items-center justify-between gap-2">
        {loading ? (
          <span className="my-1 h-6 w-20 rounded-4 bg-skeleton1" aria-hidden />
        ) : (
          <TileValue value={value} exact={exact} to={valueTo} label={valueLabel} />
        )}
        {!loading && <span className="hidden min-w-0 @[8rem]:block">{sparkline}</span>}
      </span>
      <span className="mt-2 min-h-4 leading-4">{!loading && change}</span>
    </div>
  );
}

interface TileValueProps {
  value: string | null;
  exact: string | undefined;
  to: string | undefined;
  label: string | undefined;
}

function TileValue({ value, exact, to, label }: TileValueProps) {
  const look = "text-20 font-semibold whitespace-nowrap tabular-nums @[8rem]:text-28";
  if (value === null || to === undefined) {
    return (
      <span title={exact} className={look}>
        {value ?? "–"}
      </span>
    );
  }
  return (
    <Link
      to={to}
      title={exact}
      aria-label={label === undefined ? undefined : `${value}: ${label}`}
      preventScrollReset
      className={`relative text-ink no-underline hover:underline ${look}`}
    >
      {value}
    </Link>
  );
}

/** Tiles in one panel, dividers between them, no gaps; two large ones and then threes on a phone. */
export function TileRow({ children, className = "" }: { children: ReactNode; className?: string }) {
  return (
    <div
      className={`grid grid-cols-6 *:col-span-2 *:border-r *:border-b *:last:border-r-0 max-lg:*:nth-[-n+2]:col-span-3 max-lg:*:nth-2:border-r-0 lg:auto-cols-fr lg:grid-flow-col lg:grid-cols-none lg:*:col-span-1 ${className}`}
    >
      {children}
    </div>
  );
}
