import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";

interface ChangeProps {
  /** A fraction (0.12 for 12 % more), or with `unit="points"` the difference of two fractions. Null: nothing to compare with. */
  value: number | null;
  unit?: "percent" | "points";
  /** Which direction is good; `none` for numbers that are neither. */
  good?: "up" | "down" | "none";
  /** "against the 28 days before" */
  against?: string;
}

/** An arrow, a sign and words; the colour only adds to them. */
export function Change({ value, unit = "percent", good = "up", against }: ChangeProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (value === null) return <span className="text-12 text-ink3">{t("change.none")}</span>;

  // As it is written, to a tenth of a per cent or of a point: what rounds to 0 goes nowhere.
  const tenths = Math.round(value * 1_000);
  const direction = tenths > 0 ? "up" : tenths < 0 ? "down" : "same";
  const arrow = { up: "▲", down: "▼", same: "" }[direction];
  const tone =
    direction === "same" || good === "none" ? "text-ink2" : direction === good ? "text-up" : "text-down";
  const amount =
    unit === "percent" ? format.change(value) : t("change.points", { points: format.points(value) });
  return (
    <span className="text-12 text-ink3">
      <b className={`font-semibold tabular-nums ${tone}`}>
        <span className="mr-1 text-[0.6rem]" aria-hidden>
          {arrow}
        </span>
        {amount}
      </b>
      {against !== undefined && <span className="max-lg:hidden"> {against}</span>}
    </span>
  );
}
