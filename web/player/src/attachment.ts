import type { Clock } from "./clock";
import { HeardTime, MEDIA_EVENTS, type Media } from "./heard-time";
import type { Play, Track } from "./play";
import type { Report } from "./report";

/** A report goes out each time this much more was heard, so the one that crosses 30 s counts the play; ms. */
const REPORT_EVERY_MS = 30_000;
/** A hidden page often comes back: less than this waits for the next report. */
const WORTH_REPORTING_ON_HIDING_MS = 1_000;
/** How near the end a looping track may be seen last before it starts anew, in seconds. */
const NEAR_THE_EDGE_S = 1;

/** What an attachment needs of its reporter. */
export interface Desk {
  beginPlay(track: Track): Play;
  send(play: Play, report: Report): void;
  sendOnLeaving(play: Play, report: Report): void;
}

/** One media element that plays one track: follows its events and has its plays reported. */
export class Attachment {
  #play: Play | null = null;
  /** What the element had heard when the play began. */
  #heardBeforePlayMs = 0;
  #lastPosition = 0;
  readonly #heard: HeardTime;

  constructor(
    private readonly media: Media,
    readonly track: Track,
    clock: Clock,
    private readonly desk: Desk,
  ) {
    this.#heard = new HeardTime(media, clock);
    MEDIA_EVENTS.forEach((type) => media.addEventListener(type, this.#onEvent));
    this.#follow();
  }

  /** Audio heard in the running play, in ms. */
  get heardMs(): number {
    return this.#play ? this.#heard.ms - this.#heardBeforePlayMs : 0;
  }

  /** Ends the play, reports it and lets go of the element. */
  detach(): void {
    MEDIA_EVENTS.forEach((type) => this.media.removeEventListener(type, this.#onEvent));
    this.#look();
    this.#endPlay();
  }

  /** The page is hidden; it may come back. */
  hide(): void {
    this.#follow();
    if (!this.#play || this.#play.unreportedMs(this.heardMs) < WORTH_REPORTING_ON_HIDING_MS) return;
    const report = this.#play.nextReport(this.heardMs, false);
    if (report) this.desk.sendOnLeaving(this.#play, report);
  }

  /** The page goes: the play is over. */
  leave(): void {
    this.#follow();
    const report = this.#play?.nextReport(this.heardMs, true);
    if (this.#play && report) this.desk.sendOnLeaving(this.#play, report);
    this.#play = null;
  }

  readonly #onEvent = (event: Event): void => {
    const startedAnew = event.type === "seeking" && this.#hasLooped();
    if (event.type === "ended" || event.type === "emptied" || startedAnew) {
      this.#look(event.type === "emptied");
      this.#endPlay();
    }
    this.#follow();
  };

  /** Takes the element's state; the first sound begins a play. */
  #look(emptied = false): void {
    const heardBeforeMs = this.#heard.ms;
    this.#heard.look(emptied);
    this.#lastPosition = this.media.currentTime;
    const heard = this.#heard.sounding || this.#heard.ms > heardBeforeMs;
    if (this.#play || !heard) return;
    this.#play = this.desk.beginPlay(this.track);
    this.#heardBeforePlayMs = heardBeforeMs;
  }

  /** Looks, and reports what is due. */
  #follow(): void {
    this.#look();
    if (!this.#play) return;
    if (this.#play.isFull(this.heardMs)) this.#endPlay();
    else if (this.#play.unreportedMs(this.heardMs) >= REPORT_EVERY_MS) this.#report(false);
  }

  /** A track on loop is heard again: each pass is a play of its own. */
  #hasLooped(): boolean {
    const { media } = this;
    return (
      media.loop &&
      media.currentTime < NEAR_THE_EDGE_S &&
      this.#lastPosition > media.duration - NEAR_THE_EDGE_S
    );
  }

  #report(ended: boolean): void {
    const report = this.#play?.nextReport(this.heardMs, ended);
    if (this.#play && report) this.desk.send(this.#play, report);
  }

  #endPlay(): void {
    this.#report(true);
    this.#play = null;
  }
}
