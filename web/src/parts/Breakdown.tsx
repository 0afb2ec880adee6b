import type { ReactNode } from "react";
import { Link } from "react-router";
import { useFormat } from "@/format/useFormat";

interface BreakdownRowProps {
  /** What the row stands for; wrap data that is nobody's translation in `translate="no"`. */
  label: ReactNode;
  /** A second word in grey: "social" beside "Instagram". */
  hint?: ReactNode;
  /** A cover or a flag of at most 20. */
  picture?: ReactNode;
  /** Of the total, 0 … 1; null where it is unknown. */
  share: number | null;
  /** The row's number. */
  count: number;
  /** The number of the largest row: the bar's width is relative to it. */
  largest: number;
  /** Where the filter leads that the row is: the same page with one more filter in the address. */
  to?: string;
  /** The filter in words: "Only plays from France". Needed with `to`. */
  toLabel?: string;
  /** Where a click on the number leads: the plays behind it; and what is there in words. */
  countTo?: string;
  countLabel?: string;
  /** "Others" and "unknown" come last, in grey. */
  rest?: boolean;
  /** The bar alone is drawn, the pointer being elsewhere on the same thing (a country on the map). */
  lit?: boolean;
  onPoint?: (inside: boolean) => void;
}

/** A row of 28 with a bar of 26 behind its label; the whole row is the filter. It stands in a `<Breakdown>`. */
export function BreakdownRow({
  label,
  hint,
  picture,
  share,
  count,
  largest,
  to,
  toLabel,
  countTo,
  countLabel,
  rest = false,
  lit = false,
  onPoint,
}: BreakdownRowProps) {
  const format = useFormat();
  const width = largest > 0 ? Math.max((count / largest) * 100, 1) : 0;
  const text = (
    <span className="relative flex min-w-0 items-center gap-2 pl-2">
      {picture}
      <span
        className={`truncate ${rest ? "text-ink2" : ""} ${to === undefined ? "" : "group-hover:underline"}`}
      >
        {label}
      </span>
      {hint !== undefined && <span className="shrink-0 text-12 text-ink3">{hint}</span>}
    </span>
  );
  return (
    <tr
      className={`group relative h-7 ${to === undefined ? "" : "hover:bg-hover"} ${lit ? "bg-hover" : ""}`}
      onPointerEnter={() => onPoint?.(true)}
      onPointerLeave={() => onPoint?.(false)}
    >
      <th scope="row" className="relative w-full max-w-0 p-0 text-left font-normal">
        <span
          className={`absolute inset-y-px left-0 rounded-4 ${rest ? "bg-bar-rest" : "bg-bar"}`}
          style={{ width: `${width}%` }}
          aria-hidden
        />
        {to === undefined ? (
          text
        ) : (
          // The link reaches over the whole row, so that the whole row is the filter.
          <Link
            to={to}
            title={toLabel}
            preventScrollReset
            className="block text-ink no-underline outline-offset-0 after:absolute after:inset-0"
          >
            {text}
          </Link>
        )}
      </th>
      <td className="w-13 p-0 pl-2 text-right text-12 text-ink3 tabular-nums">
        {share === null ? "–" : format.percent(share, 1)}
      </td>
      <td className="w-14 p-0 pr-2 pl-2 text-right font-medium tabular-nums">
        {countTo === undefined ? (
          format.count(count)
        ) : (
          // Above the row's own link.
          <Link
            to={countTo}
            title={countLabel}
            preventScrollReset
            className="relative z-1 text-ink no-underline hover:underline"
          >
            {format.count(count)}
          </Link>
        )}
      </td>
    </tr>
  );
}

interface BreakdownProps {
  /** Names of the three columns; said to screen readers, shown with `headed`. */
  columns: { label: string; share: string; count: string };
  headed?: boolean;
  /** `<BreakdownRow>`s, the largest first, the rest last. */
  children: ReactNode;
}

/** The rows of one dimension; a real table, whose bars start 8 left of the text. */
export function Breakdown({ columns, headed = false, children }: BreakdownProps) {
  return (
    <table className="-mx-2 w-[calc(100%+1rem)] border-collapse">
      <thead className={headed ? "h-8 text-12 text-ink3" : "sr-only"}>
        <tr>
          <th scope="col" className="pl-2 text-left font-normal">
            {columns.label}
          </th>
          <th scope="col" className="text-right font-normal">
            {columns.share}
          </th>
          <th scope="col" className="pr-2 pl-3 text-right font-normal">
            {columns.count}
          </th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
