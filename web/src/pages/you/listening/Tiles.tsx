import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Tile, TileRow } from "@/parts/Tile";
import type { ListeningSummary } from "./queries";

type Total = NonNullable<ListeningSummary["total"]>;

/** The sums: hours first. */
export function Tiles({ total }: { total: Total }) {
  const { t } = useTranslation();
  const format = useFormat();
  const counts = ["plays", "artists", "tracks", "days"] as const;
  return (
    <TileRow className="rounded-8 border bg-surface lg:*:border-b-0">
      <Tile
        label={t("listening.totals.heard")}
        value={format.duration(total.heard_ms)}
        exact={format.durationExact(total.heard_ms)}
      />
      {counts.map((count) => (
        <Tile
          key={count}
          label={t(`listening.totals.${count}`)}
          value={format.compact(total[count])}
          exact={format.count(total[count])}
        />
      ))}
    </TileRow>
  );
}
