import { randomUUID } from "node:crypto";
import { describe, expect, inject, it } from "vitest";
import { addDays, instantOf, localTime } from "@/pages/analytics/report/civil";
import { addTrack, makeAccount, signIn } from "./accounts";
import { seriousFaults, settled, sharedBrowser, visit } from "./browser";
import { untilCounted } from "./plays";

const browser = sharedBrowser();

/** Reports plays that began then, each long enough to count. */
async function reportPlays(trackId: string, startedAt: readonly number[]): Promise<void> {
  const reports = startedAt.map((at) => ({
    play_id: randomUUID(),
    track_id: trackId,
    started_at: new Date(at).toISOString(),
    sent_at: new Date().toISOString(),
    heard_ms: 40_000,
    listener: randomUUID(),
  }));
  const body = JSON.stringify(reports);
  const response = await fetch(new URL("/v1/plays", inject("ingest")), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body,
  });
  if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
}

const lastMinute = 24 * 60 - 1;

describe.each(["UTC", "Asia/Kolkata", "America/New_York"])("days in %s", (zone) => {
  it("end and begin by the zone's clocks; the running one is marked as unfinished", async () => {
    const creator = await makeAccount("creator");
    const track = await addTrack(creator);
    const today = localTime(Date.now(), zone).day;
    const [before, yesterday] = [addDays(today, -2), addDays(today, -1)];
    const at = (day: string, minutes: number) => instantOf({ day, minutes }, zone);
    await reportPlays(track, [
      at(before, lastMinute),
      at(yesterday, 0),
      at(yesterday, lastMinute),
      at(yesterday, lastMinute),
      // The running day has begun, if only just.
      Date.now() - 90_000 > at(today, 0) ? Date.now() - 90_000 : at(today, 0),
    ]);
    await untilCounted(creator.accessToken, 5);

    const page = await browser.openAs(creator, `/analytics?range=7d&tz=${zone}`);
    const course = page.getByRole("region", { name: "Plays by day" });
    await course.getByText(/^Today until \d\d:\d\d: 1$/).waitFor();
    await course.getByRole("button", { name: "Show as a table" }).click();
    const rows = await course.getByRole("row").allInnerTexts();
    const named = (day: string) =>
      new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" })
        .format(Date.parse(day))
        .replace(",", "");
    const cells = rows.map((row) => row.split(/\s*\t\s*/));
    const days = cells.slice(1, -1).map(([day, plays]) => [day?.replace(",", ""), plays]);
    expect(days).toEqual([
      ...[-6, -5, -4, -3].map((ago) => [named(addDays(today, ago)), "0"]),
      [named(before), "1"],
      [named(yesterday), "3"],
      [expect.stringMatching(new RegExp(`^${named(today)}\\s*not finished$`)), "1"],
    ]);
    expect(await page.getByText(zone, { exact: true }).first().isVisible()).toBe(true);
  });
});

it("a report that fails leaves the other cards whole", async () => {
  const creator = await makeAccount("creator");
  const track = await addTrack(creator);
  await reportPlays(track, [Date.now() - 120_000]);
  await untilCounted(creator.accessToken, 1);
  const context = await browser.newContext();
  await signIn(context, creator);
  const page = await context.newPage();
  await page.route("**/api/v1/analytics/traffic-sources*", (route) => route.abort());
  await visit(page, "/analytics");
  await page.getByText("The sources could not be loaded.").waitFor();
  await page.getByText("The rest of the page is fine.").waitFor();
  await page
    .getByRole("region", { name: "Which tracks?" })
    .getByRole("link", { name: "Salt Roads" })
    .waitFor();
  expect(await page.getByRole("link", { name: /show the plays behind Plays/ }).textContent()).toBe("1");
  expect(await seriousFaults(page)).toEqual([]);
});

it("the drawer of plays has no serious fault", async () => {
  const creator = await makeAccount("creator");
  const track = await addTrack(creator);
  await reportPlays(track, [Date.now() - 120_000]);
  await untilCounted(creator.accessToken, 1);
  const page = await browser.openAs(creator, "/analytics?plays=outcome%3Dcounted%26outcome%3Dexcluded");
  await page.getByRole("dialog").getByRole("article").waitFor();
  await settled(page);
  expect(await seriousFaults(page)).toEqual([]);
});
