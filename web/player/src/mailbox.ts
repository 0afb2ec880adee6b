import type { Report } from "./report";

const KEY_PREFIX = "veza:report:";
/** The collector takes plays of the last 30 days. */
const KEPT_FOR_MS = 30 * 24 * 60 * 60 * 1_000;
/** Letters kept at most; beyond it the oldest go. */
export const MOST_KEPT = 500;

/** A report that waits to be acknowledged. */
export interface Letter {
  report: Report;
  /** The account that listened; null: an anonymous listener. It is sent under no other. */
  subject: string | null;
}

/**
 * Letters that wait, in `localStorage`: they outlive the page, and any tab of the site may send them. Each has a key of
 * its own, so that tabs never overwrite each other's. Where nothing can be stored, they live as long as the page.
 */
export class Mailbox {
  readonly #memory = new Map<string, Letter>();

  constructor(
    private readonly storage: Storage | null,
    private readonly now: () => number,
    private readonly warn: (message: string) => void,
  ) {}

  put(letter: Letter): void {
    const key = keyOf(letter);
    try {
      if (!this.storage) throw new Error("no storage");
      this.storage.setItem(key, JSON.stringify(letter));
    } catch {
      this.#memory.set(key, letter);
    }
    this.#makeRoom();
  }

  remove(letter: Letter): void {
    const key = keyOf(letter);
    this.#memory.delete(key);
    try {
      this.storage?.removeItem(key);
    } catch {
      // Forbidden: then nothing was stored either.
    }
  }

  /** What waits, the oldest first, without what is too old to be taken. */
  letters(): Letter[] {
    const oldest = this.now() - KEPT_FOR_MS;
    const kept: Letter[] = [];
    for (const letter of [...this.#stored(), ...this.#memory.values()]) {
      if (Date.parse(letter.report.started_at) < oldest) this.remove(letter);
      else kept.push(letter);
    }
    return kept.toSorted(byAge);
  }

  #stored(): Letter[] {
    const { storage } = this;
    if (!storage) return [];
    try {
      return keysOf(storage).flatMap((key) => readOrRemove(storage, key) ?? []);
    } catch {
      return [];
    }
  }

  #makeRoom(): void {
    const letters = this.letters();
    const tooMany = letters.slice(0, Math.max(0, letters.length - MOST_KEPT));
    tooMany.forEach((letter) => this.remove(letter));
    if (tooMany.length > 0)
      this.warn(`more than ${MOST_KEPT} reports wait: dropped the oldest ${tooMany.length}`);
  }
}

function keysOf(storage: Storage): string[] {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "");
  return keys.filter((key) => key.startsWith(KEY_PREFIX));
}

/** The letter under a key; what is damaged is thrown away. */
function readOrRemove(storage: Storage, key: string): Letter | null {
  try {
    const letter = JSON.parse(storage.getItem(key) ?? "null") as Letter;
    if (keyOf(letter) === key && !Number.isNaN(Date.parse(letter.report.started_at))) return letter;
  } catch {
    // Not JSON, or not a letter.
  }
  storage.removeItem(key);
  return null;
}

function keyOf({ report }: Letter): string {
  return `${KEY_PREFIX}${report.play_id}:${report.seq}`;
}

function byAge(a: Letter, b: Letter): number {
  return Date.parse(a.report.started_at) - Date.parse(b.report.started_at) || a.report.seq - b.report.seq;
}
