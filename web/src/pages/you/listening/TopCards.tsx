import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Breakdown, BreakdownRow } from "@/parts/Breakdown";
import { Card } from "@/parts/Card";
import { Cover } from "@/parts/cover/Cover";
import type { ListeningSummary } from "./queries";

type Total = NonNullable<ListeningSummary["total"]>;
const shown = 10;

interface TopArtistsProps {
  artists: ListeningSummary["artists"];
  total: Total;
}

/** Whom one listened to most. */
export function TopArtists({ artists, total }: TopArtistsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const unknown = t("listening.unknownArtist");
  const [first] = artists;
  return (
    <Card
      title={t("listening.artists.title")}
      sentence={
        first &&
        t("listening.artists.sentence", {
          name: first.artist ?? unknown,
          heard: format.duration(first.heard_ms),
        })
      }
    >
      <Breakdown columns={columnsOf(t("listening.artists.column"))}>
        {artists.slice(0, shown).map(({ artist, plays }) => (
          <BreakdownRow
            key={artist ?? "unknown"}
            label={artist === null ? unknown : <span translate="no">{artist}</span>}
            rest={artist === null}
            share={plays / total.plays}
            count={plays}
            largest={first?.plays ?? 0}
          />
        ))}
      </Breakdown>
    </Card>
  );

  function columnsOf(label: string) {
    return { label, share: t("listening.share"), count: t("listening.totals.plays") };
  }
}

interface TopTracksProps {
  tracks: ListeningSummary["tracks"];
  total: Total;
}

/** What one listened to most. */
export function TopTracks({ tracks, total }: TopTracksProps) {
  const { t } = useTranslation();
  const unknown = t("listening.unknownTrack");
  const [first] = tracks;
  return (
    <Card
      title={t("listening.tracks.title")}
      sentence={
        first && t("listening.tracks.sentence", { name: first.track.title ?? unknown, count: first.plays })
      }
    >
      <Breakdown
        columns={{
          label: t("listening.tracks.column"),
          share: t("listening.share"),
          count: t("listening.totals.plays"),
        }}
      >
        {tracks.slice(0, shown).map(({ track, plays }) => (
          <BreakdownRow
            key={track.id}
            picture={<Cover id={track.id} className="size-5 shrink-0 rounded-4" />}
            label={track.title === null ? unknown : <span translate="no">{track.title}</span>}
            hint={track.artist === null ? undefined : <span translate="no">{track.artist}</span>}
            share={plays / total.plays}
            count={plays}
            largest={first?.plays ?? 0}
          />
        ))}
      </Breakdown>
    </Card>
  );
}
