import { useQuery } from "@tanstack/react-query";
import { Pause, Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useTrack, type Track } from "@/api/tracks";
import { useFormat } from "@/format/useFormat";
import { peaksOf, Waveform } from "@/parts/shop/Waveform";
import { play, seek, togglePlay, usePlayback } from "@/playback/playback";

/** A preview that reports what is heard of it, as every player here does. Nothing where the track has no audio. */
export function Preview({ trackId }: { trackId: string }) {
  const { data: track } = useTrack(trackId);
  if (track === undefined) return <div className="h-14" />;
  return track.audio ? <Player track={track} /> : null;
}

function Player({ track }: { track: Track }) {
  const { t } = useTranslation();
  const format = useFormat();
  const playback = usePlayback();
  const peaks = usePeaks(track);
  const chosen = playback.track?.id === track.id;
  const playing = chosen && playback.playing;
  const durationMs = chosen ? playback.duration * 1_000 : track.duration_ms;
  const positionMs = chosen ? playback.position * 1_000 : 0;
  const Icon = playing ? Pause : Play;
  const position = t("playback.positionOf", {
    position: format.clock(positionMs),
    duration: format.clock(durationMs),
  });
  return (
    <div className="flex items-center gap-3 py-1">
      <button
        type="button"
        aria-label={t(playing ? "listen.pause" : "listen.play", { title: track.title })}
        onClick={chosen ? togglePlay : () => void play([track], 0, "product")}
        className="inline-flex size-9 shrink-0 items-center justify-center rounded-full bg-accent text-on-accent hover:bg-accent-hover"
      >
        <Icon size={18} fill="currentColor" aria-hidden className={playing ? "" : "ml-0.5"} />
      </button>
      <div className="min-w-0 grow">
        <div className="relative rounded-4 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent">
          <Waveform
            peaks={peaks}
            played={durationMs === 0 ? 0 : positionMs / durationMs}
            className="h-6 w-full"
          />
          <input
            type="range"
            aria-label={t("playback.position")}
            aria-valuetext={position}
            min={0}
            max={Math.max(durationMs / 1_000, 0.1)}
            step={0.1}
            value={positionMs / 1_000}
            disabled={!chosen}
            onChange={({ target }) => seek(target.valueAsNumber)}
            className="absolute inset-0 w-full cursor-pointer opacity-0 disabled:cursor-default"
          />
        </div>
        <p className="flex justify-between text-12 text-ink3 tabular-nums">
          <span>{format.clock(positionMs)}</span>
          <span>{format.clock(durationMs)}</span>
        </p>
      </div>
    </div>
  );
}

/** Larger files aren't fetched for their picture alone. */
const largestDrawn = 6_000_000;

/** The loudness of the track's own sound, once it is read; null until then, and where it can't be. */
function usePeaks(track: Track): readonly number[] | null {
  const { data } = useQuery({
    queryKey: ["peaks", track.id],
    queryFn: async ({ signal }) => {
      const { audio } = track;
      if (!audio || audio.size > largestDrawn) return null;
      const response = await fetch(audio.url, { signal });
      if (!response.ok) return null;
      const context = new OfflineAudioContext(1, 1, 8_000);
      const sound = await context.decodeAudioData(await response.arrayBuffer());
      return peaksOf(sound.getChannelData(0));
    },
    enabled: typeof OfflineAudioContext !== "undefined",
    staleTime: Infinity,
    retry: false,
  });
  return data ?? null;
}
