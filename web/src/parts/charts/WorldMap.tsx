import { useMemo, useRef, useState, type ReactNode } from "react";
import { classOf, type QuantileClass } from "./classes";
import { ChartTooltip } from "./ChartTooltip";
import { countryShapes, frameOf, isOnMap, wholeMap } from "./world";

interface WorldMapProps {
  /** What is drawn, for those who don't see it. */
  label: string;
  /** Plays by country code; a country that isn't there has none and stays blank. */
  counts: ReadonlyMap<string, number>;
  classes: readonly QuantileClass[];
  tooltip: (code: string) => ReactNode;
  /** The country to come closer to. */
  zoomed?: string | null;
  /** The country that is pointed at, here or elsewhere. */
  lit?: string | null;
  onPoint?: (code: string | null) => void;
  /** What is said of countries with plays that this map is too coarse for. */
  notDrawn: (codes: readonly string[]) => ReactNode;
  /** A click on a country. The table beside the map does the same by keyboard. */
  onPick?: (code: string) => void;
}

/** Where the pointer is over the map, in pixels from its edges. */
interface Pointer {
  code: string;
  x: number;
  y: number;
}

/** One hue in seven quantile classes; a country without plays is blank, not pale. */
export default function WorldMap({
  label,
  counts,
  classes,
  tooltip,
  zoomed = null,
  lit = null,
  onPoint,
  notDrawn,
  onPick,
}: WorldMapProps) {
  const ref = useRef<HTMLDivElement>(null);
  const [pointer, setPointer] = useState<Pointer | null>(null);
  const [x, y, width, height] = useMemo(() => (zoomed === null ? wholeMap : frameOf(zoomed)), [zoomed]);
  const scale = wholeMap[2] / width;
  // The pointed-at country is drawn last, so that no neighbour covers its edge.
  const ordered = useMemo(
    () => countryShapes.toSorted((a, b) => Number(isLit(a.code)) - Number(isLit(b.code))),
    // oxlint-disable-next-line react/exhaustive-deps -- isLit is a function of these
    [lit, zoomed, pointer?.code],
  );

  const tooSmall = useMemo(() => [...counts.keys()].filter((code) => !isOnMap(code)), [counts]);

  function isLit(code: string): boolean {
    return code === (pointer?.code ?? lit);
  }

  function point(next: Pointer | null): void {
    setPointer(next);
    if (next?.code !== pointer?.code) onPoint?.(next?.code ?? null);
  }

  return (
    <div ref={ref} className="relative" onPointerLeave={() => point(null)}>
      <svg
        viewBox={wholeMap.join(" ")}
        role="img"
        aria-label={label}
        className="block h-auto w-full overflow-hidden"
      >
        <g
          className="transition-transform duration-150"
          transform={`scale(${scale}) translate(${-x} ${-y})`}
          strokeLinejoin="round"
          strokeWidth={0.75 / scale}
        >
          <rect
            x={x}
            y={y}
            width={width}
            height={height}
            fill="transparent"
            onPointerMove={() => point(null)}
          />
          {ordered.map(({ code, path }) => {
            const colour = classOf(counts.get(code) ?? 0, classes);
            return (
              // The table beside the map is its keyboard.
              // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
              <path
                key={path}
                d={path}
                data-country={code}
                fill={colour === null ? "var(--color-surface)" : `var(--color-map${colour})`}
                stroke={
                  isLit(code)
                    ? "var(--color-ink)"
                    : colour === null
                      ? "var(--color-line2)"
                      : "var(--color-surface)"
                }
                strokeWidth={(isLit(code) ? 2 : 0.75) / scale}
                className={onPick !== undefined && colour !== null ? "cursor-pointer" : ""}
                onPointerMove={({ clientX, clientY }) => {
                  const edges = ref.current?.getBoundingClientRect();
                  if (edges !== undefined) point({ code, x: clientX - edges.left, y: clientY - edges.top });
                }}
                onClick={() => {
                  if (colour !== null) onPick?.(code);
                }}
              />
            );
          })}
        </g>
      </svg>
      {tooSmall.length > 0 && notDrawn(tooSmall)}
      {pointer !== null && (
        <div
          className="pointer-events-none absolute z-10"
          style={{
            left: pointer.x,
            top: pointer.y,
            transform: `translate(${pointer.x > (ref.current?.clientWidth ?? 0) / 2 ? "calc(-100% - 12px)" : "12px"}, 12px)`,
          }}
        >
          <ChartTooltip>{tooltip(pointer.code)}</ChartTooltip>
        </div>
      )}
    </div>
  );
}
