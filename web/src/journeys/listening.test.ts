import { setTimeout as pause } from "node:timers/promises";
import type { Page, Request } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { components } from "@/api/schema";
import { addAudio, addTrack, call, makeAccount, signIn, type TestAccount } from "./accounts";
import { person, sharedBrowser, visit } from "./browser";
import { startOtherSite } from "./otherSite";

const browser = sharedBrowser();

type PlayReport = components["schemas"]["PlayReport"];

/** Long enough to tell apart what was heard from what was not; counts from 95 % of it. */
const trackSeconds = 6;

/** Everything that was reported of the creator's tracks, once there is as much. */
async function reportsOf({ accessToken }: TestAccount, atLeast: number): Promise<PlayReport[]> {
  const path = "/api/v1/analytics/plays?outcome=counted&outcome=continued&outcome=excluded&outcome=duplicate";
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { data } = await call<{ data: PlayReport[] }>("GET", path, { token: accessToken });
    if (data.length >= atLeast || Date.now() > deadline) return data;
    await pause(200);
  }
}

async function creatorWithTrack(title: string): Promise<{ creator: TestAccount; track: string }> {
  const creator = await makeAccount("creator");
  const track = await addTrack(creator, title, trackSeconds * 1_000);
  await addAudio(creator, track, trackSeconds);
  return { creator, track };
}

const isReport = (request: Request) => request.method() === "POST" && request.url().endsWith("/v1/plays");

/** Presses play on Listen and waits until sound comes. */
async function startPlaying(page: Page, title: string): Promise<void> {
  await visit(page, "/listen");
  await page.getByRole("button", { name: `Play ${title}` }).click();
  await page.getByRole("region", { name: "Player" }).getByRole("button", { name: "Pause" }).waitFor();
}

it("a visitor hears a track to its end, and its creator sees the play within 3 s of its report", async () => {
  const title = `Undertow ${Date.now()}`;
  const { creator, track } = await creatorWithTrack(title);
  const creators = await browser.newContext();
  await signIn(creators, creator);
  const analytics = await creators.newPage();
  await visit(analytics, "/analytics?range=today");
  const plays = analytics.getByRole("link", { name: /show the plays behind Plays/ });
  expect(await plays.textContent()).toBe("0");

  const listen = await (await browser.newContext(person)).newPage();
  const reported = listen.waitForResponse((response) => isReport(response.request()));
  await startPlaying(listen, title);
  // Music goes on from page to page.
  await listen.getByRole("region", { name: "Player" }).getByRole("link").click();
  await listen.waitForURL("**/listen/creators/*");
  const response = await reported;
  const reportedAt = Date.now();
  expect(response.status()).toBe(202);
  await analytics.waitForFunction(
    () => document.querySelector("a[aria-label*='behind Plays']")?.textContent === "1",
    undefined,
    { timeout: 10_000, polling: 50 },
  );
  expect(Date.now() - reportedAt).toBeLessThanOrEqual(3_000);

  const [report] = await reportsOf(creator, 1);
  expect(report).toMatchObject({
    track: { id: track },
    outcome: "counted",
    completed: true,
    ended: true,
    context: "recommendation",
  });
  expect(Math.abs((report?.heard_ms ?? 0) - trackSeconds * 1_000)).toBeLessThan(300);

  // The number opens into the play behind it.
  await plays.click();
  const drawer = analytics.getByRole("dialog", { name: "Counted plays" });
  await drawer.getByText(title).waitFor();
  await drawer.getByText("0:06 heard of 0:06").waitFor();
});

it("a seek to the end hears nothing, and does not count", async () => {
  const title = `Night Ferry ${Date.now()}`;
  const { creator } = await creatorWithTrack(title);
  const page = await (await browser.newContext(person)).newPage();
  await startPlaying(page, title);
  await page.getByRole("slider", { name: "Position" }).fill("5.5");
  const [report] = await reportsOf(creator, 1);
  expect(report).toMatchObject({ outcome: "excluded", reason: "too_short", ended: true });
  expect(report?.heard_ms).toBeLessThan(3_000);
});

describe("a play that is left in the middle arrives", () => {
  it.each(["visitor", "listener"] as const)("of a %s", async (who) => {
    const title = `Low Tide ${who} ${Date.now()}`;
    const { creator } = await creatorWithTrack(title);
    const context = await browser.newContext(person);
    if (who === "listener") await signIn(context, await makeAccount("user"));
    const page = await context.newPage();
    await startPlaying(page, title);
    await pause(1_500);
    await page.goto("about:blank");
    const [report] = await reportsOf(creator, 1);
    expect(report).toMatchObject({ outcome: "excluded", reason: "too_short", skipped: true, ended: true });
    expect(report?.heard_ms).toBeGreaterThan(500);
    expect(report?.heard_ms).toBeLessThan(trackSeconds * 1_000);
    expect(report?.listener).not.toBeNull();
  });
});

it("a page of another origin reports without a preflight, also as it is left", async () => {
  const { creator, track } = await creatorWithTrack("Salt Roads");
  const site = await startOtherSite(track, trackSeconds);
  try {
    const page = await (await browser.newContext(person)).newPage();
    await page.goto(`${site.url}/?utm_source=newsletter&utm_medium=email`);
    const playing = page.evaluate(async () => {
      const audio = document.querySelector("audio");
      await audio?.play();
      await new Promise((resolve) => audio?.addEventListener("ended", resolve));
    });
    await playing;
    await page.evaluate(() => document.querySelector("audio")?.play());
    await pause(1_500);
    await page.goto("about:blank");

    const reports = await reportsOf(creator, 2);
    expect(reports.map(({ outcome }) => outcome).toSorted()).toEqual(["counted", "excluded"]);
    expect(reports[0]).toMatchObject({ context: "embed", channel: "email", source: "email/newsletter" });
    expect(site.collected).toEqual(["POST text/plain", "POST text/plain;charset=UTF-8"]);
  } finally {
    await site.close();
  }
});

it("what can't be sent offline is sent when the connection is back", async () => {
  const title = `Kelp ${Date.now()}`;
  const { creator } = await creatorWithTrack(title);
  const context = await browser.newContext(person);
  const page = await context.newPage();
  await startPlaying(page, title);
  // The whole track is there by now.
  await page.waitForFunction(() =>
    performance.getEntriesByType("resource").some(({ name }) => name.includes("audio")),
  );
  await context.setOffline(true);
  await page
    .getByRole("region", { name: "Player" })
    .getByRole("button", { name: "Play", exact: true })
    .waitFor();
  const kept = () =>
    page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("veza:report:")).length);
  await expect.poll(kept, { timeout: 10_000 }).toBe(1);
  expect(await reportsOf(creator, 0)).toEqual([]);
  await context.setOffline(false);
  const [report] = await reportsOf(creator, 1);
  expect(report).toMatchObject({ outcome: "counted", ended: true });
  await expect.poll(kept, { timeout: 10_000 }).toBe(0);
});
