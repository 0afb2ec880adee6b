import { afterEach, describe, expect, test, vi } from "vitest";
import { Collector } from "../src/collector";
import { MOST_KEPT, Mailbox, type Letter } from "../src/mailbox";
import { Outbox } from "../src/outbox";
import type { Report } from "../src/report";
import { FakeClock, FakeStorage } from "./fakes";

type SentReport = Report & { sent_at: string };
interface Request {
  url: string;
  headers: Record<string, string>;
  reports: SentReport[];
}

/** A token whose claim `sub` is the account. */
function tokenOf(account: string, nonce = ""): string {
  return `head.${btoa(JSON.stringify({ sub: account, nonce }))}.signature`;
}

function letter(seq = 0, subject: string | null = null, startedAt = "2026-11-23T14:19:00Z"): Letter {
  return {
    report: {
      play_id: "0199aaaa-0000-7000-8000-000000000001",
      seq,
      track_id: "0199bbbb-0000-7000-8000-000000000001",
      started_at: startedAt,
      heard_ms: 30_000,
      heard_before_ms: seq * 30_000,
      ended: false,
    },
    subject,
  };
}

const accepted = () => Response.json({ accepted: 1, rejected: [] }, { status: 202 });

function post(storage: Storage | null = new FakeStorage()) {
  const clock = new FakeClock();
  const requests: Request[] = [];
  const beacons: SentReport[][] = [];
  const warnings: string[] = [];
  const timers: { run: () => void; ms: number }[] = [];
  const world = {
    clock,
    requests,
    beacons,
    warnings,
    timers,
    storage,
    online: true,
    answer: (_request: Request): Response | Promise<Response> => accepted(),
    token: null as string | null,
    renewed: null as string | null,
    beaconTaken: true,
    /** Runs the timers that are due after so long. */
    async wait(ms: number) {
      clock.pass(ms);
      const due = timers.filter((timer) => timer.ms <= ms);
      timers.splice(0, timers.length);
      due.forEach((timer) => timer.run());
      await outbox.flush();
    },
  };
  const mailbox = new Mailbox(storage, clock.wall.bind(clock), (message) => warnings.push(message));
  const collector = new Collector(
    "https://ingest.example.org",
    clock,
    (async (url: string, init: RequestInit) => {
      if (!world.online) throw new TypeError("Failed to fetch");
      const request = {
        url,
        headers: init.headers as Record<string, string>,
        reports: JSON.parse(init.body as string) as SentReport[],
      };
      requests.push(request);
      return await world.answer(request);
    }) as typeof fetch,
    (_url, body) => {
      if (world.beaconTaken) beacons.push(JSON.parse(body) as SentReport[]);
      return world.beaconTaken;
    },
  );
  const outbox = new Outbox(
    mailbox,
    collector,
    { token: () => world.token, renew: async () => (world.token = world.renewed) },
    {
      clock,
      online: () => world.online,
      later: (run, ms) => timers.push({ run, ms }),
      random: () => 0.5,
      exclusively: (run) => run(),
      warn: (message) => warnings.push(message),
    },
  );
  return { ...world, world, outbox, mailbox };
}

afterEach(() => vi.restoreAllMocks());

describe("sending", () => {
  test("an anonymous report goes as text/plain, so that no preflight is needed, with the time of the attempt", async () => {
    const { outbox, requests, mailbox } = post();
    await outbox.post(letter());
    expect(requests).toHaveLength(1);
    expect(requests[0]?.url).toBe("https://ingest.example.org/v1/plays");
    expect(requests[0]?.headers).toEqual({ "Content-Type": "text/plain" });
    expect(requests[0]?.reports[0]).toEqual({ ...letter().report, sent_at: "2026-11-23T14:20:00.000Z" });
    expect(mailbox.letters()).toEqual([]);
  });

  test("an account's report carries its token", async () => {
    const { outbox, requests, world } = post();
    world.token = tokenOf("ada");
    await outbox.post(letter(0, "ada"));
    expect(requests[0]?.headers["Authorization"]).toBe(`Bearer ${tokenOf("ada")}`);
  });

  test("a report waits for its account and goes out under no other", async () => {
    const { outbox, requests, mailbox, world } = post();
    await outbox.post(letter(0, "ada"));
    world.token = tokenOf("bob");
    await outbox.flush();
    expect(requests).toEqual([]);
    expect(mailbox.letters()).toHaveLength(1);
    world.token = tokenOf("ada");
    await outbox.flush();
    expect(requests).toHaveLength(1);
  });

  test("an expired token is renewed and the same report sent again", async () => {
    const { outbox, requests, world, mailbox } = post();
    world.token = tokenOf("ada", "old");
    world.renewed = tokenOf("ada", "new");
    world.answer = ({ headers }) =>
      headers["Authorization"] === `Bearer ${world.renewed}`
        ? accepted()
        : new Response(null, { status: 401 });
    await outbox.post(letter(0, "ada"));
    expect(requests).toHaveLength(2);
    expect(mailbox.letters()).toEqual([]);
  });

  test("a token that is refused twice ends it, with a warning", async () => {
    const { outbox, world, mailbox, warnings } = post();
    world.token = tokenOf("ada");
    world.renewed = tokenOf("ada");
    world.answer = () => new Response(null, { status: 401 });
    await outbox.post(letter(0, "ada"));
    expect(mailbox.letters()).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining("token")]);
  });

  test("a clock that was set back never says that a report was sent before it began", async () => {
    const { outbox, requests, clock } = post();
    clock.setWall(Date.parse("2026-11-23T13:00:00Z"));
    await outbox.post(letter(1));
    expect(requests[0]?.reports[0]?.sent_at).toBe("2026-11-23T14:19:30.000Z");
  });
});

describe("trying again", () => {
  test("what could not be sent offline goes out later: same play_id and seq, a new sent_at", async () => {
    const { outbox, requests, world, clock, storage } = post();
    world.online = false;
    await outbox.post(letter());
    expect(storage?.length).toBe(1);
    clock.pass(3_600_000);
    world.online = true;
    await outbox.flush();
    expect(requests[0]?.reports[0]).toEqual({ ...letter().report, sent_at: "2026-11-23T15:20:00.000Z" });
    expect(storage?.length).toBe(0);
  });

  test("a connection that breaks keeps the report and tries again on its own", async () => {
    const { outbox, requests, world, wait, mailbox } = post();
    world.answer = () => Promise.reject(new TypeError("Failed to fetch"));
    await outbox.post(letter());
    expect(mailbox.letters()).toHaveLength(1);
    world.answer = accepted;
    await wait(5_000);
    expect(requests).toHaveLength(2);
    expect(mailbox.letters()).toEqual([]);
  });

  test.each([
    [429, "40", 40_000],
    [503, "Mon, 23 Nov 2026 14:20:30 GMT", 30_000],
  ])("%d with Retry-After %s: not before that", async (status, retryAfter, ms) => {
    const { outbox, requests, world, clock } = post();
    world.answer = () => new Response(null, { status, headers: { "Retry-After": retryAfter } });
    await outbox.post(letter());
    clock.pass(ms - 1_000);
    await outbox.flush();
    expect(requests).toHaveLength(1);
    world.answer = accepted;
    clock.pass(1_000);
    await outbox.flush();
    expect(requests).toHaveLength(2);
  });

  test("without Retry-After the pauses grow, up to five minutes", async () => {
    const { outbox, world, timers, wait } = post();
    world.answer = () => new Response(null, { status: 503 });
    await outbox.post(letter());
    const pauses = [timers[0]?.ms];
    for (let attempt = 0; attempt < 10; attempt++) {
      await wait(timers[0]?.ms ?? 0);
      pauses.push(timers[0]?.ms);
    }
    expect(pauses.slice(0, 3)).toEqual([2_010, 4_010, 8_010]);
    expect(pauses.at(-1)).toBe(300_010);
  });

  test.each([400, 413, 415, 422])("%d is final: dropped with a warning", async (status) => {
    const { outbox, requests, world, mailbox, warnings, wait } = post();
    world.answer = () => new Response("heard_ms must be an integer", { status });
    await outbox.post(letter());
    await wait(600_000);
    expect(requests).toHaveLength(1);
    expect(mailbox.letters()).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining("heard_ms must be an integer")]);
  });

  test("a report refused inside a batch is named, the others are delivered", async () => {
    const { outbox, world, mailbox, warnings } = post();
    world.answer = () =>
      Response.json(
        {
          accepted: 0,
          rejected: [
            { index: 0, play_id: "p", code: "in_future", field: "started_at", message: "set your clock" },
          ],
        },
        { status: 202 },
      );
    await outbox.post(letter());
    expect(mailbox.letters()).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/in_future.*started_at.*set your clock/)]);
  });

  test("a report is dropped after 30 days", async () => {
    const { outbox, requests, world, clock, storage } = post();
    world.online = false;
    await outbox.post(letter());
    clock.pass(31 * 24 * 3_600_000);
    world.online = true;
    await outbox.flush();
    expect(requests).toEqual([]);
    expect(storage?.length).toBe(0);
  });

  test("the oldest go when too many wait", async () => {
    const { outbox, world, mailbox, warnings } = post();
    world.online = false;
    for (let seq = 0; seq < MOST_KEPT + 3; seq++) await outbox.post(letter(seq));
    expect(mailbox.letters()).toHaveLength(MOST_KEPT);
    expect(mailbox.letters()[0]?.report.seq).toBe(3);
    expect(warnings).toHaveLength(3);
  });

  test("many go in requests that a browser takes with keepalive (64 KiB)", async () => {
    const { outbox, world, requests, mailbox } = post();
    world.online = false;
    for (let seq = 0; seq < 400; seq++) await outbox.post(letter(seq));
    world.online = true;
    await outbox.flush();
    expect(mailbox.letters()).toEqual([]);
    expect(requests.flatMap(({ reports }) => reports.map(({ seq }) => seq))).toEqual([...Array(400).keys()]);
    expect(Math.max(...requests.map(({ reports }) => JSON.stringify(reports).length))).toBeLessThan(
      64 * 1_024,
    );
  });

  test("without storage, and with one that is full, reports live as long as the page", async () => {
    for (const storage of [null, new FakeStorage(10)]) {
      const { outbox, world, requests } = post(storage);
      world.online = false;
      await outbox.post(letter());
      world.online = true;
      await outbox.flush();
      expect(requests).toHaveLength(1);
    }
  });

  test("what is damaged in the storage is thrown away and stops nothing", async () => {
    const storage = new FakeStorage();
    storage.setItem("veza:report:x:0", "{");
    storage.setItem("veza:report:y:0", JSON.stringify({ report: {} }));
    storage.setItem("theirs", "kept");
    const { outbox, requests } = post(storage);
    await outbox.post(letter());
    expect(requests[0]?.reports).toHaveLength(1);
    expect(storage.length).toBe(1);
  });
});

describe("leaving", () => {
  test("an anonymous report is handed to the browser as a beacon", () => {
    const { outbox, beacons, requests, mailbox } = post();
    outbox.postOnLeaving(letter());
    expect(beacons).toHaveLength(1);
    expect(requests).toEqual([]);
    expect(mailbox.letters()).toEqual([]);
  });

  test("an account's report goes with its token, and stays if it turns out that it was not taken", async () => {
    const { outbox, beacons, requests, world, mailbox } = post();
    world.token = tokenOf("ada");
    world.answer = () => new Response(null, { status: 503, headers: { "Retry-After": "60" } });
    outbox.postOnLeaving(letter(0, "ada"));
    await vi.waitFor(() => expect(mailbox.letters()).toHaveLength(1));
    expect(beacons).toEqual([]);
    expect(requests[0]?.headers["Authorization"]).toBe(`Bearer ${tokenOf("ada")}`);
  });

  test("is kept for the next visit offline, when the browser refuses, and in a pause", async () => {
    const offline = post();
    offline.world.online = false;
    offline.outbox.postOnLeaving(letter());
    expect(offline.mailbox.letters()).toHaveLength(1);

    const refused = post();
    refused.world.beaconTaken = false;
    refused.outbox.postOnLeaving(letter());
    expect(refused.mailbox.letters()).toHaveLength(1);

    const paused = post();
    paused.world.answer = () => new Response(null, { status: 429, headers: { "Retry-After": "60" } });
    await paused.outbox.post(letter(0));
    paused.outbox.postOnLeaving(letter(1));
    expect(paused.beacons).toEqual([]);
    expect(paused.mailbox.letters()).toHaveLength(2);
  });
});
