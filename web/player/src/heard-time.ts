import type { Clock } from "./clock";

/** The part of an `HTMLMediaElement` that tells whether sound comes out of it. */
export interface Media extends EventTarget {
  readonly paused: boolean;
  readonly ended: boolean;
  readonly seeking: boolean;
  readonly readyState: number;
  readonly currentTime: number;
  readonly duration: number;
  readonly playbackRate: number;
  readonly muted: boolean;
  readonly volume: number;
  readonly loop: boolean;
}

/** Every event after which sound may have begun, stopped or changed, and the running tick `timeupdate`: when to look. */
export const MEDIA_EVENTS = [
  "play",
  "playing",
  "pause",
  "waiting",
  "stalled",
  "seeking",
  "seeked",
  "ratechange",
  "volumechange",
  "timeupdate",
  "ended",
  "emptied",
  "error",
] as const;

/** Faster than this, audio is skimmed, not heard: the rest of the speed is not credited. The server's limit is the same. */
const FASTEST_HEARD_RATE = 2;
/** `HTMLMediaElement.HAVE_FUTURE_DATA`: with less there is nothing to play next, and the sound has stopped. */
const HAVE_FUTURE_DATA = 3;
/** While sound plays, a browser looks in at least this often by `timeupdate` (4 a second); ms. */
const LONGEST_BLIND_GAP_MS = 1_000;

/**
 * How many milliseconds of audio a listener has heard, by a monotonic clock that runs only while sound plays.
 *
 * The element's events say *when to look*, never how much was heard: at each of [`MEDIA_EVENTS`], call [`look`](HeardTime.look). What was
 * heard since sound set in is the time on the clock times the playback rate (2 at most), and never more than the
 * position moved on by itself, so that neither a sleeping machine nor a decoder that hangs without a word hears
 * anything. A jump of the position hears nothing.
 */
export class HeardTime {
  /** Heard in stretches of sound that are over. */
  #settledMs = 0;
  #stretch: Stretch | null = null;

  constructor(
    private readonly media: Media,
    private readonly clock: Clock,
  ) {}

  /** Milliseconds of audio heard until the last look. */
  get ms(): number {
    return this.#settledMs + (this.#stretch?.heardMs ?? 0);
  }

  /** Whether sound was playing at the last look. */
  get sounding(): boolean {
    return this.#stretch !== null;
  }

  /**
   * Takes the clock and the element's state. To be called at every event of the element; `emptied` says that it lets go of
   * its track, so that its position says nothing of what was heard until now.
   */
  look(emptied = false): void {
    const { media, clock } = this;
    const now = clock.monotonic();
    const jumped =
      emptied || media.seeking || (this.#stretch !== null && media.currentTime < this.#stretch.lastPosition);
    this.#stretch?.continueTo(now, jumped ? null : media.currentTime);

    const rate = Math.min(media.playbackRate, FASTEST_HEARD_RATE);
    if (!isSounding(media)) {
      this.#settle();
    } else if (this.#stretch === null || jumped) {
      this.#settle();
      this.#stretch = new Stretch(now, media.currentTime, rate);
    } else {
      this.#stretch.rate = rate;
    }
  }

  #settle(): void {
    this.#settledMs = this.ms;
    this.#stretch = null;
  }
}

/** Whether sound comes out: not while paused, out of data, jumping, muted, at volume 0 or at rate 0. */
export function isSounding(media: Media): boolean {
  return (
    !media.paused &&
    !media.ended &&
    !media.seeking &&
    !media.muted &&
    media.volume > 0 &&
    media.playbackRate > 0 &&
    media.readyState >= HAVE_FUTURE_DATA
  );
}

/** Sound without interruption or jump. */
class Stretch {
  heardMs = 0;
  #clockedMs = 0;
  #lastTime: number;
  readonly #firstPosition: number;
  /** Where the element was at the last look, in seconds. */
  lastPosition: number;

  constructor(
    time: number,
    position: number,
    /** The rate in force since the last look. */
    public rate: number,
  ) {
    this.#lastTime = time;
    this.#firstPosition = position;
    this.lastPosition = position;
  }

  /** Credits the time since the last look; `position` is null when it has jumped and says nothing. */
  continueTo(time: number, position: number | null): void {
    const elapsed = time - this.#lastTime;
    this.#lastTime = time;
    this.#clockedMs += elapsed * this.rate;
    if (position === null) {
      this.heardMs += Math.min(elapsed, LONGEST_BLIND_GAP_MS) * this.rate;
      return;
    }
    this.lastPosition = position;
    const movedMs = (position - this.#firstPosition) * 1_000;
    // Not less than before: a credit that was given (and perhaps reported) is never taken back.
    this.heardMs = Math.max(this.heardMs, Math.min(this.#clockedMs, movedMs));
  }
}
