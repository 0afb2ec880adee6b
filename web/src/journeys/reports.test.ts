/** Each tab of the analytics shows the numbers that the API gave, and an address shows to others what it showed to its sender. */
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { components } from "@/api/schema";
import { addDays, localTime } from "@/pages/analytics/report/civil";
import { addTrack, call, makeAccount, signIn, type TestAccount } from "./accounts";
import { settled, sharedBrowser, visit } from "./browser";
import { importPlays, untilCounted } from "./plays";

const browser = sharedBrowser();
const plays = 60;

let creator: TestAccount;
let track: string;

beforeAll(async () => {
  creator = await makeAccount("creator");
  track = await addTrack(creator);
  // One every three hours: a bit more than a week.
  await importPlays(track, plays, 3 * 3_600_000);
  await untilCounted(creator.accessToken, plays);
});

type Schemas = components["schemas"];

/** A report as the API gives it to the creator. */
async function report<Data>(path: string): Promise<Data> {
  const answer = await call<{ data: Data }>("GET", `/api/v1/analytics/${path}`, {
    token: creator.accessToken,
  });
  return answer.data;
}

const open = (address: string) => browser.openAs(creator, address);

const written = (count: number | null) => (count ?? NaN).toLocaleString("en-GB");
const region = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

const today = localTime(Date.now(), "UTC").day;
const week = `from=${addDays(today, -7)}&to=${addDays(today, -1)}`;
const bounds = `from=${addDays(today, -7)}&to=${today}&tz=UTC`;

describe("shows what the API gave", () => {
  it("overview: the five numbers", async () => {
    const { total } = await report<Schemas["Overview"]>(`overview?${bounds}`);
    const page = await open(`/analytics?${week}`);
    const number = page.getByRole("link", { name: /show the plays behind Plays/ });
    expect(await number.getAttribute("title")).toBe(written(total.plays));
    const listeners = page.getByRole("link", { name: /show the plays behind Listeners/ });
    expect(await listeners.getAttribute("title")).toBe(written(total.listeners));
  });

  it.each([
    ["geography", "By country", "geography", "countries"],
    ["devices", "On which devices?", "demographics", "devices"],
    ["sources", "Coming from where?", "traffic-sources", "sources"],
    ["tracks", "Which tracks?", "tracks", "tracks"],
  ] as const)("%s: each entry's plays", async (tab, card, path, list) => {
    const data = await report<Record<string, Schemas["Entry"][]>>(`${path}?${bounds}`);
    const entries = data[list] ?? [];
    expect(entries.length).toBeGreaterThan(0);
    const page = await open(`/analytics/${tab}?${week}`);
    const numbers = await region(page, card).getByRole("row").allInnerTexts();
    for (const { plays: count } of entries) {
      expect(numbers.some((row) => new RegExp(`\\b${written(count)}\\b`).test(row))).toBe(true);
    }
  });

  it("comparison: both periods of each figure", async () => {
    const address = `before_from=${addDays(today, -3)}&before_to=${addDays(today, -3)}&from=${addDays(today, -2)}&to=${addDays(today, -1)}`;
    const { period1, period2, change } = await report<Schemas["Comparison"]>(
      `compare?tz=UTC&period1_start=${addDays(today, -3)}&period1_end=${addDays(today, -2)}&period2_start=${addDays(today, -2)}&period2_end=${today}`,
    );
    expect([period1.days, period2.days]).toEqual([1, 2]);
    const page = await open(`/analytics/comparison?${address}`);
    const row = region(page, "What changed?").getByRole("row", { name: /^Plays/ });
    const links = await row.getByRole("link").allInnerTexts();
    expect(links).toEqual([written(period1.plays), written(period2.plays)]);
    // One period is longer, so the change is the day's.
    const percent = Math.round((change.per_day.plays ?? NaN) * 1_000) / 10;
    expect((await row.innerText()).replaceAll("−", "-")).toContain(
      `${Math.abs(percent)}`.split(".")[0] ?? "",
    );
    await page.getByText(/Period 1 has 1 days, period 2 2/).waitFor();
  });

  it("excluded: the balance, and the reports behind it", async () => {
    const balance = await report<Schemas["Excluded"]>(`excluded?${bounds}`);
    const page = await open(`/analytics/excluded?${week}`);
    const card = region(page, "Is every report accounted for?");
    for (const [name, reports] of [
      ["Received", balance.received],
      ["Counted", balance.counted],
      ["Continued", balance.continued],
      ["Excluded", balance.excluded],
      ["Sent twice", balance.duplicate],
    ] as const) {
      const number = card.getByRole("link", { name: new RegExp(`^${name}: show `) });
      expect(await number.innerText()).toBe(written(reports));
    }
    await card.getByText("difference 0").waitFor();
    await card.getByRole("link", { name: /^Received/ }).click();
    const drawer = page.getByRole("dialog", { name: "Everything that was reported" });
    await drawer.getByRole("article").first().waitFor();
    const shown = await drawer.getByRole("article").count();
    expect(shown).toBe(Math.min(50, balance.received ?? 0));
  });

  it("live: what has just come in", async () => {
    const now = await report<Schemas["Live"]>("live");
    const page = await open("/analytics/live");
    const tile = region(page, "What is heard right now?");
    // Everything was received within the last minutes, so the number stands still.
    expect(await tile.getByText(written(now.last_30.plays), { exact: true }).count()).toBeGreaterThan(0);
    const tracks = region(page, "Which tracks?");
    await tracks.getByRole("row", { name: /Salt Roads/ }).waitFor();
  });
});

it("the export has the rows that the page counts, as CSV and as Parquet", async () => {
  const { total } = await report<Schemas["Overview"]>(`overview?${bounds}`);
  const page = await open(`/analytics?${week}`);
  const saved = async (format: string) => {
    await page.getByRole("button", { name: "Export", exact: true }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: format, exact: true }).click();
    return readFile(await (await download).path());
  };
  const csv = (await saved("As CSV")).toString("utf8");
  expect(csv.trim().split("\r\n")).toHaveLength(1 + (total.plays ?? 0));
  const parquet = await saved("As Parquet");
  expect(parquet.subarray(0, 4).toString("latin1")).toBe("PAR1");
});

it("a shared address opens the same view: days, zone, filters, comparison and drawer", async () => {
  const address = `/analytics/comparison?${week}&before_from=${addDays(today, -14)}&before_to=${addDays(today, -8)}&tz=Asia%2FKolkata&country=FR&device=phone&figure=listeners&plays=`;
  const [one, other] = [await open(address), await open(address)];
  for (const page of [one, other]) {
    await page.getByRole("dialog", { name: "Counted plays" }).waitFor();
    await settled(page);
  }
  const text = (page: Page) => page.locator("main").innerText();
  await expect.poll(async () => (await text(one)) === (await text(other))).toBe(true);
  expect(await text(one)).toContain("Asia/Kolkata");
  for (const chip of ["Without the filter Country: France", "Without the filter Device: Phone"]) {
    expect(await one.getByRole("link", { name: chip, includeHidden: true }).count()).toBe(1);
  }
  await region(one, "Listeners by elapsed day").waitFor();
  expect(new URL(one.url()).search).toBe(new URL(address, one.url()).search);
});

it("of the comparison one failed request leaves the other cards whole", async () => {
  const context = await browser.newContext();
  await signIn(context, creator);
  const page = await context.newPage();
  await page.route("**/api/v1/analytics/geography*", (route) => route.abort());
  await visit(page, "/analytics/comparison?range=7d");
  await region(page, "Which countries changed?").getByText("The changes could not be loaded.").waitFor();
  await region(page, "Which tracks changed?")
    .getByRole("link", { name: "Salt Roads", exact: true })
    .waitFor();
  expect(
    await region(page, "What changed?")
      .getByRole("row", { name: /^Plays/ })
      .count(),
  ).toBe(1);
});
