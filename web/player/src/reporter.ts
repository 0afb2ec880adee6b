import { Attachment, type Desk } from "./attachment";
import { systemClock } from "./clock";
import { Collector } from "./collector";
import type { Media } from "./heard-time";
import { anonymousListener, subjectOf } from "./identity";
import { Mailbox } from "./mailbox";
import { Outbox, type Account } from "./outbox";
import { Play, type Track } from "./play";
import type { Report } from "./report";
import { randomUuid } from "./uuid";
import { currentVisit } from "./visit";

/** How a page reports its plays. */
export interface ReporterOptions {
  /** Address of the collector, such as `https://ingest.example.org`. */
  ingest: string;
  /** The access token of the account that is signed in, or null. Without it all listeners are anonymous. */
  token?: () => string | null;
  /** A fresh token after the collector refused one; null: nobody is signed in any more. */
  renewToken?: () => Promise<string | null>;
}

/**
 * Reports what is heard on this page. One for the whole page; attach each media element to the track that it plays.
 *
 * ```ts
 * const reporter = new PlayReporter({ ingest: "https://ingest.example.org" });
 * reporter.attach(audio, { trackId: "0199…", context: "playlist" });
 * ```
 */
export class PlayReporter {
  readonly #attachments = new Map<Media, Attachment>();
  readonly #outbox: Outbox;
  readonly #account: Account;
  readonly #desk: Desk;

  constructor(options: ReporterOptions) {
    this.#account = {
      token: options.token ?? (() => null),
      renew: options.renewToken ?? (() => Promise.resolve(null)),
    };
    const local = storageOf("localStorage");
    const visit = currentVisit(
      { referrer: document.referrer, href: location.href },
      storageOf("sessionStorage"),
    );
    this.#outbox = new Outbox(
      new Mailbox(local, systemClock.wall, warn),
      new Collector(
        options.ingest,
        systemClock,
        (input, init) => fetch(input, init),
        (url, body) => navigator.sendBeacon(url, body),
      ),
      this.#account,
      {
        clock: systemClock,
        online: () => navigator.onLine,
        later: (run, ms) => setTimeout(run, ms),
        random: Math.random,
        exclusively,
        warn,
      },
    );
    this.#desk = {
      beginPlay: (track) => {
        const token = this.#account.token();
        const subject = token === null ? null : subjectOf(token);
        return new Play(
          {
            play_id: randomUuid(),
            track_id: track.trackId,
            started_at: new Date(systemClock.wall()).toISOString(),
            ...visit,
            ...(track.context && { context: track.context }),
            ...(subject === null && listenerField(local)),
          },
          subject,
        );
      },
      send: (play, report) => void this.#outbox.post({ report, subject: play.subject }),
      sendOnLeaving: (play, report) => this.#outbox.postOnLeaving({ report, subject: play.subject }),
    };
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#attachments.forEach((attachment) => attachment.hide());
      else void this.#outbox.flush();
    });
    addEventListener("pagehide", () => this.#attachments.forEach((attachment) => attachment.leave()));
    addEventListener("online", () => void this.#outbox.flush());
    void this.#outbox.flush();
  }

  /**
   * Reports what `media` plays from now on as plays of `track`; a play begins with the first sound. An element that
   * changes its track is attached again **before** its `src` is set, which ends the play of the earlier track.
   */
  attach(media: Media, track: Track): Attachment {
    this.detach(media);
    const attachment = new Attachment(media, track, systemClock, this.#desk);
    this.#attachments.set(media, attachment);
    return attachment;
  }

  /** Ends and reports the element's play, if there is one. */
  detach(media: Media): void {
    this.#attachments.get(media)?.detach();
    this.#attachments.delete(media);
  }

  /** Sends what waits now, such as after signing in. Never fails. */
  flush(): Promise<void> {
    return this.#outbox.flush();
  }
}

function listenerField(storage: Storage | null): Pick<Report, "listener"> {
  const listener = anonymousListener(navigator, storage);
  return listener === undefined ? {} : { listener };
}

/** Null where the browser forbids it (private windows, blocked cookies). */
function storageOf(name: "localStorage" | "sessionStorage"): Storage | null {
  try {
    return globalThis[name];
  } catch {
    return null;
  }
}

/** Web Locks keep two tabs from sending the same letters; without them a repeated report does no harm either. */
async function exclusively(run: () => Promise<void>): Promise<void> {
  await ("locks" in navigator ? navigator.locks.request("veza:outbox", run) : run());
}

function warn(message: string): void {
  // oxlint-disable-next-line no-console -- what a developer of a page with a player has to know
  console.warn(`Veza player: ${message}`);
}
