/** What is playing: one element for the whole app, so that music goes on from page to page, and every second is reported. */
import type { Context, PlayReporter } from "@veza/player";
import { useSyncExternalStore } from "react";
import { answerOf, api } from "@/api/client";
import { installationQuery } from "@/api/installation";
import { queryClient } from "@/api/queries";
import { refreshSession } from "@/api/refresh";
import type { Track } from "@/api/tracks";
import { getSession } from "@/api/session";

export interface Playback {
  /** Null: nothing has been chosen yet, or it was closed. */
  track: Track | null;
  playing: boolean;
  /** Sound was asked for and has not come yet. */
  waiting: boolean;
  /** In seconds. */
  position: number;
  duration: number;
  volume: number;
  hasNext: boolean;
  /** What went wrong with this track. */
  error: unknown;
}

const silence: Playback = {
  track: null,
  playing: false,
  waiting: false,
  position: 0,
  duration: 0,
  volume: 1,
  hasNext: false,
  error: null,
};

/** The tracks to be played, in order, and where on the site they were chosen. */
interface Queue {
  tracks: readonly Track[];
  index: number;
  context: Context;
}

let state = silence;
let queue: Queue | null = null;
const listeners = new Set<() => void>();

function change(next: Partial<Playback>): void {
  state = { ...state, ...next };
  for (const notify of listeners) notify();
}

function subscribe(notify: () => void): () => void {
  listeners.add(notify);
  return () => listeners.delete(notify);
}

export function usePlayback(): Playback {
  return useSyncExternalStore(subscribe, () => state);
}

const audio = new Audio();
audio.preload = "auto";

let reporter: Promise<PlayReporter> | null = null;

/** Made when it is known where plays are reported to. */
async function makeReporter(): Promise<PlayReporter> {
  const [player, installation] = await Promise.all([
    import("@veza/player"),
    queryClient.ensureQueryData(installationQuery),
  ]);
  return new player.PlayReporter({
    ingest: installation.ingest_url,
    token: () => getSession()?.accessToken ?? null,
    renewToken: async () => (await refreshSession())?.accessToken ?? null,
  });
}

function theReporter(): Promise<PlayReporter> {
  reporter ??= makeReporter().catch((error: unknown) => {
    // Asked again with the next track.
    reporter = null;
    throw error;
  });
  return reporter;
}

/** Notes where the visit came from before anyone navigates, and sends what earlier visits left unsent. */
export async function startReporting(): Promise<void> {
  // Where it fails nothing is lost: the first play asks again.
  await theReporter().catch(() => undefined);
}

/** Plays a track out of a list; the list goes on after it. */
export async function play(tracks: readonly Track[], index: number, context: Context): Promise<void> {
  const track = tracks[index];
  if (track === undefined) return;
  const begun: Queue = { tracks, index, context };
  queue = begun;
  audio.pause();
  change({
    track,
    error: null,
    waiting: true,
    position: 0,
    duration: track.duration_ms / 1_000,
    hasNext: nextIndex(begun) !== null,
  });
  try {
    const [reports, url] = await Promise.all([theReporter(), audioOf(track)]);
    if (queue !== begun) return;
    reports.attach(audio, { trackId: track.id, context });
    audio.src = url;
    await audio.play();
  } catch (error) {
    // Another track was chosen meanwhile: that is no failure.
    if (queue === begun) change({ error, waiting: false });
  }
}

/** The track's audio; its address is signed and runs out. */
async function audioOf(track: Track): Promise<string> {
  const margin = 60_000;
  if (track.audio && Date.parse(track.audio.expires_at) - margin > Date.now()) return track.audio.url;
  const { data } = await answerOf(api.GET("/api/v1/tracks/{id}", { params: { path: { id: track.id } } }));
  if (!data.audio) throw new Error(`track ${track.id} has no audio`);
  return data.audio.url;
}

function nextIndex({ tracks, index }: Queue): number | null {
  const next = tracks.findIndex((track, candidate) => candidate > index && Boolean(track.audio));
  return next < 0 ? null : next;
}

export function playNext(): void {
  const next = queue && nextIndex(queue);
  if (queue !== null && next !== null) void play(queue.tracks, next, queue.context);
}

/** To the start of the track; in its first seconds, to the one before. */
export function playPrevious(): void {
  if (queue === null) return;
  const { tracks, index, context } = queue;
  const previous = tracks.findLastIndex((track, candidate) => candidate < index && Boolean(track.audio));
  if (audio.currentTime > 3 || previous < 0) audio.currentTime = 0;
  else void play(tracks, previous, context);
}

export function togglePlay(): void {
  if (queue === null) return;
  if (state.error !== null) void play(queue.tracks, queue.index, queue.context);
  else if (audio.paused) audio.play().catch((error: unknown) => change({ error }));
  else audio.pause();
}

/** Jumps to a position, in seconds. */
export function seek(position: number): void {
  audio.currentTime = position;
}

/** From 0 to 1. */
export function setVolume(volume: number): void {
  audio.volume = volume;
}

/** Ends the play and lets the bar go. */
export async function close(): Promise<void> {
  queue = null;
  audio.pause();
  const reports = await theReporter();
  reports.detach(audio);
  change({ ...silence, volume: audio.volume });
}

audio.addEventListener("playing", () => change({ playing: true, waiting: false, error: null }));
audio.addEventListener("pause", () => change({ playing: false, waiting: false }));
audio.addEventListener("waiting", () => change({ waiting: true }));
audio.addEventListener("timeupdate", () => change({ position: audio.currentTime }));
audio.addEventListener("volumechange", () => change({ volume: audio.volume }));
audio.addEventListener("durationchange", () => {
  if (Number.isFinite(audio.duration)) change({ duration: audio.duration });
});
audio.addEventListener("ended", playNext);
audio.addEventListener("error", () => {
  if (queue !== null) change({ error: audio.error, playing: false, waiting: false });
});
