import { useTranslation } from "react-i18next";
import { Breakdown, BreakdownRow } from "@/parts/Breakdown";
import { Card } from "@/parts/Card";
import { Cover } from "@/parts/cover/Cover";
import { SkeletonRows } from "@/parts/Skeleton";
import { FirstPlay } from "../parts/FirstPlay";
import { useCardState } from "../parts/useCardState";
import type { Live, ReportQuery } from "../report/queries";
import { useReport } from "../report/useReport";
import { playsOfLast } from "./playsOfLast";
import { ValueName } from "../report/ValueName";

/** The five tracks of the last half hour. */
export function TracksNowCard({ query }: { query: ReportQuery<Live> }) {
  const { t } = useTranslation();
  const { hrefOfFilter, hrefOfPlays } = useReport();
  const state = useCardState(query, ({ data }) => data.last_30.plays, {
    failed: t("analytics.live.cardFailed"),
    showsNone: true,
  });
  const live = query.data?.data;
  const all = live?.last_30.plays ?? 0;
  const rest = all - (live?.tracks ?? []).reduce((sum, { plays }) => sum + plays, 0);
  const largest = Math.max(1, rest, ...(live?.tracks ?? []).map(({ plays }) => plays));
  return (
    <Card
      title={t("analytics.tracks.title")}
      sentence={all === 0 ? t("analytics.live.noTracks") : t("analytics.live.tracks")}
      state={state}
      skeleton={<SkeletonRows rows={5} />}
    >
      {live !== undefined && all === 0 && <FirstPlay />}
      {live !== undefined && all > 0 && (
        <Breakdown
          headed
          columns={{
            label: t("analytics.filters.track"),
            share: t("analytics.columns.share"),
            count: t("analytics.metrics.plays"),
          }}
        >
          {live.tracks.map(({ track, plays }) => (
            <BreakdownRow
              key={track.id}
              label={<ValueName filter="track" value={track.id} label={track.title ?? undefined} />}
              picture={<Cover id={track.id} className="size-5 shrink-0 rounded-4" />}
              share={plays / all}
              count={plays}
              largest={largest}
              to={hrefOfFilter({ name: "track", value: track.id })}
              countTo={hrefOfPlays({ ...playsOfLast(30, live), track: track.id })}
              countLabel={t("analytics.breakdown.plays", {
                name: track.title ?? t("analytics.unknown.track"),
              })}
              toLabel={t("analytics.breakdown.only", { name: track.title ?? t("analytics.unknown.track") })}
            />
          ))}
          {rest > 0 && (
            <BreakdownRow
              rest
              label={t("analytics.live.otherTracks")}
              share={rest / all}
              count={rest}
              largest={largest}
            />
          )}
        </Breakdown>
      )}
    </Card>
  );
}
