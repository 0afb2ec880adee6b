import type { Report } from "./report";

/** What the listener hears. */
export interface Track {
  trackId: string;
  /** Where on the site the play began. */
  context?: Report["context"];
}

/** The collector's limit for one play: 24 h. One that goes on (a radio) is continued as a new play. */
const LONGEST_PLAY_MS = 86_400_000;

/** One listening, as far as it has been reported. */
export class Play {
  #seq = 0;
  #reportedMs = 0;

  constructor(
    private readonly first: Pick<Report, "play_id" | "track_id" | "started_at"> & Partial<Report>,
    /** The account that listens; null: nobody is signed in. Fixed for the whole play. */
    readonly subject: string | null,
  ) {}

  /** What has been heard since the last report, of `heardMs` in all; whole ms. */
  unreportedMs(heardMs: number): number {
    return Math.min(Math.floor(heardMs), LONGEST_PLAY_MS) - this.#reportedMs;
  }

  isFull(heardMs: number): boolean {
    return heardMs >= LONGEST_PLAY_MS;
  }

  /** The next report; null if there is nothing to say. */
  nextReport(heardMs: number, ended: boolean): Report | null {
    const unreported = this.unreportedMs(heardMs);
    const nothingHeard = unreported + this.#reportedMs === 0;
    if (nothingHeard || (unreported === 0 && !ended)) return null;
    const report: Report = {
      ...this.first,
      seq: this.#seq,
      heard_ms: unreported,
      heard_before_ms: this.#reportedMs,
      ended,
    };
    this.#seq += 1;
    this.#reportedMs += unreported;
    return report;
  }
}
