import type { Context } from "@veza/player";
import { Pause, Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Track } from "@/api/tracks";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { Cover } from "@/parts/cover/Cover";
import { coverGridClass, CoverGridSkeleton } from "@/parts/cover/CoverGrid";
import { Notice } from "@/parts/Notice";
import { play, togglePlay, usePlayback } from "@/playback/playback";
import { usePublicTracks } from "./catalog";

interface TrackGridProps {
  /** Only this creator's. */
  creator?: number;
  /** Where on the site plays from here begin. */
  context: Context;
  /** What is said where there is none. */
  empty: string;
}

/** Covers in a grid; each plays, and the list goes on after it. */
export function TrackGrid({ creator, context, empty }: TrackGridProps) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = usePublicTracks(creator);
  const tracks = data?.pages.flatMap((page) => page.data);

  if (tracks === undefined) {
    if (error === null) return <CoverGridSkeleton />;
    return (
      <Notice
        kind="danger"
        title={words(error).text}
        actions={<Button onClick={() => void refetch()}>{t("common.tryAgain")}</Button>}
      />
    );
  }
  if (tracks.length === 0) return <p className="text-ink2">{empty}</p>;
  return (
    <>
      <ul className={coverGridClass}>
        {tracks.map((track, index) => (
          <li key={track.id} className="min-w-0">
            <TrackTile track={track} onPlay={() => void play(tracks, index, context)} />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button className="mt-6" pending={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("listen.more")}
        </Button>
      )}
    </>
  );
}

function TrackTile({ track, onPlay }: { track: Track; onPlay: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const playback = usePlayback();
  const chosen = playback.track?.id === track.id;
  const playing = chosen && playback.playing;
  const hasAudio = Boolean(track.audio);
  const Icon = playing ? Pause : Play;
  return (
    <article className="group">
      <div className="relative">
        <Cover id={track.id} className="w-full rounded-8" />
        {hasAudio && (
          <button
            type="button"
            aria-label={t(playing ? "listen.pause" : "listen.play", { title: track.title })}
            onClick={chosen ? togglePlay : onPlay}
            className="absolute inset-0 flex items-end justify-end rounded-8 p-3"
          >
            <span
              className={`inline-flex size-10 items-center justify-center rounded-full bg-accent text-on-accent transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 ${chosen ? "" : "md:opacity-0"}`}
            >
              <Icon size={20} fill="currentColor" aria-hidden className={playing ? "" : "ml-0.5"} />
            </span>
          </button>
        )}
      </div>
      <h3 translate="no" className={`mt-3 truncate font-semibold ${chosen ? "text-accent" : ""}`}>
        {track.title}
      </h3>
      <p className="flex justify-between gap-2">
        <Link
          to={`/listen/creators/${track.creator_id}`}
          translate="no"
          className="truncate text-ink2 hover:underline"
        >
          {track.artist}
        </Link>
        <span className="shrink-0 text-12 leading-5 text-ink3 tabular-nums">
          {hasAudio ? format.clock(track.duration_ms) : t("listen.noAudio")}
        </span>
      </p>
    </article>
  );
}
