import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { colourOf, type QuantileClass } from "./classes";

interface MapLegendProps {
  classes: readonly QuantileClass[];
  /** Each class with its numbers under it, where there is room; else one line for all. */
  wide?: boolean;
}

/** The classes of the map with their numbers, and what blank means. */
export function MapLegend({ classes, wide = false }: MapLegendProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const range = (from: number, to: number) =>
    from === to ? format.count(from) : `${format.count(from)} – ${format.count(to)}`;
  const colour = (index: number) => ({ background: `var(--color-map${colourOf(index, classes.length)})` });
  const count = classes.reduce((sum, { places }) => sum + places, 0);
  const noPlays = (
    <span className="flex items-center gap-1.5 whitespace-nowrap">
      <span className="h-2 w-3.5 rounded-4 border border-line2 bg-surface" aria-hidden />
      {t("analytics.map.noPlays")}
    </span>
  );

  const classByClass = (
    <div className="hidden flex-wrap items-end md:flex gap-x-4 gap-y-2 text-12 text-ink3">
      <ol aria-label={t("analytics.map.classes")} className="flex max-w-2xl min-w-0 grow gap-px">
        {classes.map(({ from, to }, index) => (
          <li
            key={from}
            className="min-w-0 grow basis-0 whitespace-nowrap tabular-nums first:*:rounded-l-4 last:*:rounded-r-4"
          >
            <span className="mb-1 block h-2" style={colour(index)} aria-hidden />
            {range(from, to)}
          </li>
        ))}
      </ol>
      {noPlays}
      <span className="ml-auto">
        {t("analytics.map.aClass", { count, places: Math.round(count / Math.max(1, classes.length)) })}
      </span>
    </div>
  );
  const first = classes[0];
  const last = classes.at(-1);
  return (
    <>
      {wide && classByClass}
      <p className={`flex items-center gap-2 text-12 text-ink3 ${wide ? "md:hidden" : ""}`}>
        {t("analytics.metrics.plays")}
        <span className="flex gap-px overflow-hidden rounded-4" aria-hidden>
          {classes.map(({ from }, index) => (
            <span key={from} className="h-2 w-3.5 md:w-5" style={colour(index)} />
          ))}
        </span>
        {first !== undefined && last !== undefined && (
          <span className="whitespace-nowrap tabular-nums">{range(first.from, last.to)}</span>
        )}
        <span className="ml-auto">{noPlays}</span>
      </p>
    </>
  );
}
