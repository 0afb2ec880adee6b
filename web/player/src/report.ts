/** One report of one listening, as `POST /v1/plays` reads it. `sent_at` is not here: it is set at each attempt. */
export interface Report {
  /** One listening. With `seq` the idempotency key: sending a report again changes no count. */
  play_id: string;
  /** Number of this report within the play, from 0. */
  seq: number;
  track_id: string;
  /** When the first sound came, RFC 3339, by this machine's clock; the same in all reports of a play. */
  started_at: string;
  /** Audio heard in this report, in whole ms. */
  heard_ms: number;
  /** Audio heard in the earlier reports of this play, in whole ms. */
  heard_before_ms: number;
  /** The play is over. */
  ended: boolean;
  /** Referrer of the visit's first page. */
  referrer?: string;
  /** Address of the visit's first page. */
  page_url?: string;
  context?: Context;
  /** Opaque id of an anonymous listener. */
  listener?: string;
}

/** Where on the site a play began. */
export type Context =
  "profile" | "playlist" | "search" | "recommendation" | "radio" | "library" | "product" | "embed" | "other";

/** What the collector answers with 202. */
export interface Receipt {
  accepted: number;
  rejected: { index: number; play_id: string | null; code: string; field: string | null; message: string }[];
}
