/** Plays as an import reports them: with the address and the agent that were recorded at the time. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { inject } from "vitest";
import type { components } from "@/api/schema";
import { call, makeAdmin, type TestAccount } from "./accounts";

type MachineToken = components["schemas"]["MachineToken"];

/** Who listens, and coming from where; drawn from in turn. */
const listeners = [
  {
    address: "90.49.12.7",
    user_agent:
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    referrer: "https://www.instagram.com/",
  },
  {
    address: "91.12.44.1",
    user_agent:
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    referrer: "https://www.google.com/",
  },
  {
    address: "81.2.69.142",
    user_agent:
      "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    referrer: undefined,
  },
  {
    address: "8.8.8.8",
    user_agent:
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    referrer: "https://chatgpt.com/",
  },
  // An address of a network at home: its place is unknown.
  {
    address: "192.168.1.7",
    user_agent:
      "Mozilla/5.0 (SMART-TV; Linux; Tizen 8.0) AppleWebKit/537.36 (KHTML, like Gecko) 94.0.4606.31/8.0 TV Safari/537.36",
    referrer: undefined,
  },
];

let importToken: Promise<string> | undefined;

/** A token that may report for others. */
async function makeImportToken(): Promise<string> {
  const { accessToken } = await makeAdmin();
  const token = await call<{ data: MachineToken }>("POST", "/api/v1/auth/tokens", {
    token: accessToken,
    body: { scopes: ["plays:import"], expires_in: 3_600 },
  });
  return token.data.access_token;
}

/** Reports `count` plays of the track, one each `everyMs` back from now, all of them long enough to count. */
export async function importPlays(trackId: string, count: number, everyMs: number): Promise<void> {
  importToken ??= makeImportToken();
  const token = await importToken;
  const reports = Array.from({ length: count }, (_, index) => ({
    play_id: randomUUID(),
    track_id: trackId,
    started_at: new Date(Date.now() - 60_000 - index * everyMs).toISOString(),
    heard_ms: 45_000 + (index % 4) * 40_000,
    context: index % 2 === 0 ? "playlist" : "profile",
    listener: `journey-${index % 7}`,
    ...listeners[index % listeners.length],
  }));
  const response = await fetch(new URL("/v1/plays", inject("ingest")), {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify(reports),
  });
  const answer = (await response.json()) as { accepted: number };
  if (answer.accepted !== count) throw new Error(`of ${count} plays: ${JSON.stringify(answer)}`);
}

/** Waits until the creator's report counts so many plays. */
export async function untilCounted(accessToken: string, count: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  let plays = 0;
  while (Date.now() < deadline) {
    const report = await call<{ data: { total: { plays: number } } }>("GET", "/api/v1/analytics/overview", {
      token: accessToken,
    });
    plays = report.data.total.plays;
    if (plays >= count) return;
    await pause(200);
  }
  throw new Error(`${plays} of ${count} plays are counted after 30 s`);
}

/** Reports plays of the account itself, one each `everyMs` back from now, all of them long enough to count. */
export async function listenAs(
  { accessToken }: TestAccount,
  trackId: string,
  count: number,
  everyMs: number,
): Promise<void> {
  const sentAt = Date.now();
  const reports = Array.from({ length: count }, (_, index) => ({
    play_id: randomUUID(),
    track_id: trackId,
    started_at: new Date(sentAt - 60_000 - index * everyMs).toISOString(),
    sent_at: new Date(sentAt).toISOString(),
    heard_ms: 45_000,
    context: "library",
  }));
  const response = await fetch(new URL("/v1/plays", inject("ingest")), {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${accessToken}` },
    body: JSON.stringify(reports),
  });
  if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
}

/** Waits until the account's own listening has so many plays. */
export async function untilListened({ accessToken }: TestAccount, count: number): Promise<void> {
  type Listening = components["schemas"]["Listening"];
  const deadline = Date.now() + 30_000;
  let plays = 0;
  while (Date.now() < deadline) {
    const { data } = await call<{ data: Listening }>("GET", "/api/v1/me/listening", { token: accessToken });
    plays = data.summary?.total?.plays ?? 0;
    if (plays >= count) return;
    await pause(200);
  }
  throw new Error(`${plays} of ${count} plays are the listener's after 30 s`);
}
