import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useFormat } from "@/format/useFormat";
import { quantileClasses } from "@/parts/charts/classes";
import { MapLegend } from "@/parts/charts/MapLegend";
import type { Listing } from "../parts/listings";
import { useReport } from "../report/useReport";

// The shapes are a third of the page's weight: the rest doesn't wait for them.
const WorldMap = lazy(() => import("@/parts/charts/WorldMap"));

interface CountryMapProps {
  countries: Listing;
  /** The legend says each class's numbers. */
  wide?: boolean;
  zoomed?: string | null;
  lit?: string | null;
  onPoint?: (code: string | null) => void;
}

/** Where plays come from; a click on a country is its filter. */
export function CountryMap({ countries, wide = false, zoomed, lit, onPoint }: CountryMapProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { hrefOfFilter } = useReport();
  const format = useFormat();
  const { entries, total } = countries;
  const byCode = useMemo(() => new Map(entries.map((entry) => [entry.key, entry])), [entries]);
  const counts = useMemo(() => new Map(entries.map(({ key, plays }) => [key, plays])), [entries]);
  const classes = useMemo(() => quantileClasses([...counts.values()]), [counts]);

  return (
    <div className="flex flex-col gap-3">
      <Suspense fallback={<div aria-busy className="aspect-[816/400] w-full rounded-8 bg-skeleton2" />}>
        <WorldMap
          label={t("analytics.map.label", { count: entries.length })}
          counts={counts}
          classes={classes}
          zoomed={zoomed}
          lit={lit}
          onPoint={onPoint}
          onPick={(value) =>
            void navigate(hrefOfFilter({ name: "country", value }), { preventScrollReset: true })
          }
          notDrawn={(codes) =>
            wide && (
              <p className="mt-2 text-12 text-ink3">
                {t("analytics.map.notDrawn", { countries: codes.map(format.country).join(", ") })}
              </p>
            )
          }
          tooltip={(code) => {
            const entry = byCode.get(code);
            return (
              <>
                <p className="font-semibold">{code === "" ? "–" : format.country(code)}</p>
                {entry === undefined ? (
                  <p className="text-on-tooltip2">{t("analytics.map.noPlays")}</p>
                ) : (
                  <>
                    <p>
                      {t("analytics.phrases.plays", { count: entry.plays })}
                      <span className="ml-2 text-on-tooltip2">
                        {format.percent(total > 0 ? entry.plays / total : 0, 1)}
                      </span>
                    </p>
                    <p>{t("analytics.phrases.listeners", { count: entry.listeners })}</p>
                  </>
                )}
              </>
            );
          }}
        />
      </Suspense>
      <MapLegend classes={classes} wide={wide} />
    </div>
  );
}
