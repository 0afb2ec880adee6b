import type { Clock } from "./clock";
import type { Letter } from "./mailbox";
import type { Receipt } from "./report";

/** The collector answers within 5 s or says that it can't; ms. */
const PATIENCE_MS = 20_000;

/** What came of sending letters. */
export type Fate =
  /** Acknowledged. A receipt tells which of them were refused. */
  | { kind: "delivered"; receipt: Receipt | null }
  /** Not acknowledged; the same letters may be sent again, not before `afterMs` where the collector says so. */
  | { kind: "postponed"; afterMs: number | null }
  /** The token is not taken (any more). */
  | { kind: "unauthorized" }
  /** Sending them again would be refused again. */
  | { kind: "refused"; why: string };

/** The way to `POST /v1/plays`. */
export class Collector {
  readonly #url: string;

  constructor(
    ingest: string,
    private readonly clock: Clock,
    private readonly fetch: typeof globalThis.fetch,
    private readonly sendBeacon: (url: string, body: string) => boolean,
  ) {
    this.#url = new URL("v1/plays", ingest.endsWith("/") ? ingest : `${ingest}/`).href;
  }

  /** Sends letters and waits for the answer. Without a token the body is `text/plain`: no preflight is needed. */
  async send(letters: Letter[], token: string | null): Promise<Fate> {
    try {
      const response = await this.fetch(this.#url, {
        method: "POST",
        headers:
          token === null
            ? { "Content-Type": "text/plain" }
            : { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
        body: this.body(letters),
        credentials: "omit",
        keepalive: true,
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return await this.#fate(response);
    } catch {
      // No connection, or no answer in time: fetch doesn't tell which, and both may pass.
      return { kind: "postponed", afterMs: null };
    }
  }

  /** Hands letters to the browser, which sends them even when the page is gone. False: it would not take them. */
  beacon(letters: Letter[]): boolean {
    return this.sendBeacon(this.#url, this.body(letters));
  }

  /** The letters as they go over the wire now. */
  body(letters: Letter[]): string {
    return JSON.stringify(letters.map((letter) => ({ ...letter.report, sent_at: this.#sentAt(letter) })));
  }

  /** Now; but if this machine's clock was set back since, no earlier than sound that fast could have been heard. */
  #sentAt({ report }: Letter): string {
    const earliest = Date.parse(report.started_at) + (report.heard_before_ms + report.heard_ms) / 2;
    return new Date(Math.max(this.clock.wall(), earliest)).toISOString();
  }

  async #fate(response: Response): Promise<Fate> {
    const { status } = response;
    if (response.ok) {
      return { kind: "delivered", receipt: (await response.json().catch(() => null)) as Receipt | null };
    }
    if (status === 401) return { kind: "unauthorized" };
    if (status === 408 || status === 429 || status >= 500) {
      return { kind: "postponed", afterMs: this.#retryAfter(response.headers.get("Retry-After")) };
    }
    return {
      kind: "refused",
      why: `${status} ${(await response.text().catch(() => "")).slice(0, 2_000)}`.trim(),
    };
  }

  /** `Retry-After` in ms: it is a number of seconds or a date. */
  #retryAfter(header: string | null): number | null {
    if (!header) return null;
    const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - this.clock.wall();
    return Number.isNaN(ms) ? null : Math.max(0, ms);
  }
}
