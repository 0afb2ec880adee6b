import type { Clock } from "./clock";
import type { Collector, Fate } from "./collector";
import { subjectOf } from "./identity";
import type { Letter, Mailbox } from "./mailbox";

/** Browsers refuse `keepalive` requests above 64 KiB in all. */
const LARGEST_BATCH_CHARACTERS = 32_000;
const SHORTEST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/** The account that is signed in here. */
export interface Account {
  /** Its access token, or null while nobody is signed in. */
  token(): string | null;
  /** A fresh one after the collector refused it; null: nobody is signed in any more. */
  renew(): Promise<string | null>;
}

/** What sending needs of the browser. */
export interface Surroundings {
  clock: Clock;
  online(): boolean;
  /** `setTimeout`. */
  later(run: () => void, ms: number): void;
  /** A number from 0 to 1. */
  random(): number;
  /** Runs one sender at a time over all tabs of the site, where the browser can (Web Locks). */
  exclusively(run: () => Promise<void>): Promise<void>;
  warn(message: string): void;
}

/**
 * Sends letters and keeps them until the collector has acknowledged them, so that nothing is lost offline, while it is
 * away (429, 503) or by a reload. A letter goes out again with the same `play_id` and `seq`, so repeating is harmless.
 */
export class Outbox {
  #sending: Promise<void> | null = null;
  #askedAgain = false;
  #pauseMs = SHORTEST_PAUSE_MS;
  #notBefore = -Infinity;

  constructor(
    private readonly mailbox: Mailbox,
    private readonly collector: Collector,
    private readonly account: Account,
    private readonly surroundings: Surroundings,
  ) {}

  /** Keeps a letter and sends all that waits. */
  post(letter: Letter): Promise<void> {
    this.mailbox.put(letter);
    return this.flush();
  }

  /** Sends what waits, unless the collector asked for a pause. Never fails: what can't be sent stays. */
  flush(): Promise<void> {
    this.#askedAgain = true;
    this.#sending ??= this.#sendUntilDone().finally(() => (this.#sending = null));
    return this.#sending;
  }

  /**
   * Sends a letter as the page goes, when no answer can be awaited: a beacon for an anonymous listener, a request with
   * the token for an account. What the browser takes over counts as sent; offline, or in a pause, the letter is kept.
   */
  postOnLeaving(letter: Letter): void {
    if (!this.#mayTry) {
      this.mailbox.put(letter);
    } else if (letter.subject === null) {
      if (!this.collector.beacon([letter])) this.mailbox.put(letter);
    } else {
      this.#requestOnLeaving(letter);
    }
  }

  #requestOnLeaving(letter: Letter): void {
    const token = this.account.token();
    if (token === null || subjectOf(token) !== letter.subject) {
      this.mailbox.put(letter);
      return;
    }
    void this.#sendOrKeep(letter, token);
  }

  async #sendOrKeep(letter: Letter, token: string): Promise<void> {
    const fate = await this.collector.send([letter], token);
    // Still here, to be told: the page was only hidden.
    if (fate.kind !== "delivered") await this.post(letter);
  }

  get #mayTry(): boolean {
    return this.surroundings.online() && this.surroundings.clock.monotonic() >= this.#notBefore;
  }

  async #sendUntilDone(): Promise<void> {
    while (this.#askedAgain && this.#mayTry) {
      this.#askedAgain = false;
      await this.surroundings.exclusively(() => this.#sendAll());
    }
  }

  async #sendAll(): Promise<void> {
    await this.#sendFor(null, null);
    const token = this.account.token();
    if (token !== null) await this.#sendFor(subjectOf(token), token);
  }

  /** Sends one listener's letters, batch by batch. */
  async #sendFor(subject: string | null, token: string | null): Promise<void> {
    const letters = this.mailbox.letters().filter((letter) => letter.subject === subject);
    for (const batch of batches(letters)) {
      if (!this.#mayTry) return;
      const fate = await this.collector.send(batch, token);
      if (fate.kind === "unauthorized" && token !== null) {
        token = await this.account.renew();
        // Signed out or changed hands: the letters wait for their account.
        if (token === null || subjectOf(token) !== subject) return;
        this.#settle(batch, await this.collector.send(batch, token));
      } else {
        this.#settle(batch, fate);
      }
    }
  }

  #settle(batch: Letter[], fate: Fate): void {
    if (fate.kind === "postponed") {
      this.#pause(fate.afterMs);
      return;
    }
    this.#pauseMs = SHORTEST_PAUSE_MS;
    batch.forEach((letter) => this.mailbox.remove(letter));
    if (fate.kind === "refused")
      this.surroundings.warn(`the collector refused ${batch.length} report(s): ${fate.why}`);
    if (fate.kind === "unauthorized") {
      this.surroundings.warn(`the collector refused ${batch.length} report(s): the token is not valid`);
    }
    if (fate.kind !== "delivered") return;
    for (const { play_id, code, field, message } of fate.receipt?.rejected ?? []) {
      this.surroundings.warn(
        `a report of play ${play_id} was refused (${code}${field ? ` in ${field}` : ""}): ${message}`,
      );
    }
  }

  /** Waits as long as the collector says, else longer each time; then tries again on its own. */
  #pause(afterMs: number | null): void {
    const { clock, later, random } = this.surroundings;
    const ms = afterMs ?? this.#pauseMs * (0.5 + random());
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.#notBefore = clock.monotonic() + ms;
    // A timer may come a little early, and would then find the pause not over.
    later(() => void this.flush(), Math.ceil(ms) + 10);
  }
}

/** Letters in groups that fit into one request. */
function batches(letters: Letter[]): Letter[][] {
  const all: Letter[][] = [];
  let batch: Letter[] = [];
  let room = 0;
  for (const letter of letters) {
    const size = JSON.stringify(letter.report).length;
    if (size > room) {
      batch = [];
      all.push(batch);
      room = LARGEST_BATCH_CHARACTERS;
    }
    batch.push(letter);
    room -= size;
  }
  return all;
}
