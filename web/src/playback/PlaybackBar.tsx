import { Pause, Play, SkipBack, SkipForward, Volume2, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFormat } from "@/format/useFormat";
import { IconButton } from "@/parts/Button";
import { Cover } from "@/parts/cover/Cover";
import { close, playNext, playPrevious, seek, setVolume, togglePlay, usePlayback } from "./playback";

/** What is playing, at the foot of every page. */
export default function PlaybackBar() {
  const { t } = useTranslation();
  const { track, playing, waiting, hasNext, error } = usePlayback();
  if (track === null) return null;
  return (
    <section
      aria-label={t("playback.label")}
      className="sticky bottom-17 z-10 flex items-center gap-3 border-t bg-surface px-4 py-2 md:bottom-0 md:gap-6 md:px-6"
    >
      <div className="flex min-w-0 grow basis-0 items-center gap-3">
        <Cover id={track.id} className="size-12 shrink-0 rounded-4" />
        <div className="min-w-0">
          <p translate="no" className="truncate font-semibold">
            {track.title}
          </p>
          <p className="truncate text-12 text-ink3" role="status">
            {error === null ? (
              <Link
                to={`/listen/creators/${track.creator_id}`}
                translate="no"
                className="text-ink3 hover:underline"
              >
                {track.artist}
              </Link>
            ) : (
              <span className="text-danger">{t("playback.failed")}</span>
            )}
          </p>
        </div>
      </div>
      <div className="flex shrink-0 items-center gap-1">
        <IconButton
          icon={SkipBack}
          label={t("playback.previous")}
          onClick={playPrevious}
          className="max-md:hidden"
        />
        <button
          type="button"
          onClick={togglePlay}
          aria-label={t(playing ? "playback.pause" : "playback.play")}
          aria-busy={waiting}
          className={`inline-flex size-10 items-center justify-center rounded-full bg-accent text-on-accent hover:bg-accent-hover ${waiting ? "opacity-70" : ""}`}
        >
          {playing ? (
            <Pause size={20} fill="currentColor" aria-hidden />
          ) : (
            <Play size={20} fill="currentColor" aria-hidden className="ml-0.5" />
          )}
        </button>
        <IconButton icon={SkipForward} label={t("playback.next")} onClick={playNext} disabled={!hasNext} />
      </div>
      <Progress />
      <Volume />
      <IconButton icon={X} label={t("playback.close")} onClick={() => void close()} />
    </section>
  );
}

function Progress() {
  const { t } = useTranslation();
  const format = useFormat();
  const { position, duration } = usePlayback();
  return (
    <div className="hidden min-w-0 grow-2 basis-0 items-center gap-3 text-12 text-ink3 tabular-nums md:flex">
      <span>{format.clock(position * 1_000)}</span>
      <input
        type="range"
        aria-label={t("playback.position")}
        aria-valuetext={t("playback.positionOf", {
          position: format.clock(position * 1_000),
          duration: format.clock(duration * 1_000),
        })}
        min={0}
        max={Math.max(duration, 0.1)}
        step={0.1}
        value={Math.min(position, duration)}
        onChange={({ target }) => seek(target.valueAsNumber)}
        className="min-w-0 grow"
      />
      <span>{format.clock(duration * 1_000)}</span>
    </div>
  );
}

function Volume() {
  const { t } = useTranslation();
  const { volume } = usePlayback();
  return (
    <label className="hidden items-center gap-2 text-ink2 lg:flex">
      <Volume2 size={16} strokeWidth={1.75} aria-hidden />
      <input
        type="range"
        aria-label={t("playback.volume")}
        min={0}
        max={1}
        step={0.05}
        value={volume}
        onChange={({ target }) => setVolume(target.valueAsNumber)}
        className="w-20"
      />
    </label>
  );
}
