import type { Clock } from "../src/clock";
import type { Media } from "../src/heard-time";

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #elapsed = 0;
  #wall = Date.parse("2026-11-23T14:20:00Z");

  monotonic(): number {
    return this.#elapsed;
  }
  wall(): number {
    return this.#wall;
  }
  pass(ms: number): void {
    this.#elapsed += ms;
    this.#wall += ms;
  }
  /** The time of day is set, by NTP or by hand. */
  setWall(wall: number): void {
    this.#wall = wall;
  }
}

/**
 * A media element as browsers have them: the position moves while it plays, `timeupdate` comes every 250 ms, properties
 * change at once and their events come right after. `trulyHeardMs` is what a person in front of it has heard.
 */
export class FakeMedia extends EventTarget implements Media {
  paused = true;
  ended = false;
  seeking = false;
  readyState = 4;
  currentTime = 0;
  duration = 180;
  playbackRate = 1;
  muted = false;
  volume = 1;
  loop = false;
  /** The decoder hangs without a word: no event, no movement. */
  hanging = false;
  trulyHeardMs = 0;
  #untilTick = 250;

  constructor(private readonly clock: FakeClock) {
    super();
  }

  play(): void {
    if (this.ended) this.currentTime = 0;
    this.ended = false;
    this.paused = false;
    this.#fire("play", ...(this.readyState >= 3 ? ["playing"] : ["waiting"]));
  }
  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.#fire("timeupdate", "pause");
  }
  starve(): void {
    this.readyState = 2;
    this.#fire("waiting");
  }
  feed(): void {
    this.readyState = 4;
    this.#fire("canplay", ...(this.paused ? [] : ["playing"]));
  }
  startSeek(position: number): void {
    this.seeking = true;
    this.ended = false;
    this.currentTime = position;
    this.#fire("seeking");
  }
  finishSeek(): void {
    if (!this.seeking) return;
    this.seeking = false;
    this.#fire("timeupdate", "seeked");
  }
  setRate(rate: number): void {
    this.playbackRate = rate;
    this.#fire("ratechange");
  }
  setMuted(muted: boolean): void {
    this.muted = muted;
    this.#fire("volumechange");
  }
  setVolume(volume: number): void {
    this.volume = volume;
    this.#fire("volumechange");
  }
  /** Another `src`: everything of the old one is gone. */
  load(): void {
    this.paused = true;
    this.ended = false;
    this.seeking = false;
    this.currentTime = 0;
    this.#fire("emptied");
  }

  /** Lets time go by, in the steps in which a browser would tell. */
  run(ms: number): void {
    let left = ms;
    while (left > 0) {
      const step = Math.min(left, this.#untilTick, this.#untilEnd());
      this.#move(step);
      left -= step;
    }
  }

  get #moving(): boolean {
    return !this.paused && !this.ended && !this.seeking && this.readyState >= 3 && !this.hanging;
  }
  #untilEnd(): number {
    if (!this.#moving || this.playbackRate <= 0) return Infinity;
    return Math.max(((this.duration - this.currentTime) * 1_000) / this.playbackRate, 1e-6);
  }
  #move(ms: number): void {
    this.clock.pass(ms);
    this.#untilTick -= ms;
    if (this.#moving) {
      this.currentTime += (ms * this.playbackRate) / 1_000;
      if (!this.muted && this.volume > 0) this.trulyHeardMs += ms * Math.min(this.playbackRate, 2);
    }
    if (this.#moving && this.duration - this.currentTime < 1e-9) this.#reachEnd();
    if (this.#untilTick > 0) return;
    this.#untilTick = 250;
    if (!this.paused && !this.hanging) this.#fire("timeupdate");
  }
  #reachEnd(): void {
    this.currentTime = this.duration;
    if (this.loop) {
      this.startSeek(0);
      this.finishSeek();
      return;
    }
    this.paused = true;
    this.ended = true;
    this.#fire("timeupdate", "pause", "ended");
  }
  #fire(...types: string[]): void {
    for (const type of types) this.dispatchEvent(new Event(type));
  }
}

/** `Storage` in memory. */
export class FakeStorage implements Storage {
  readonly #entries = new Map<string, string>();
  /** Most characters it takes, as a browser's quota. */
  constructor(private readonly quota = Infinity) {}

  get length(): number {
    return this.#entries.size;
  }
  key(index: number): string | null {
    return [...this.#entries.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.#entries.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    if (value.length > this.quota) throw new DOMException("full", "QuotaExceededError");
    this.#entries.set(key, value);
  }
  removeItem(key: string): void {
    this.#entries.delete(key);
  }
  clear(): void {
    this.#entries.clear();
  }
}
