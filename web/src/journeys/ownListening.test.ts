/** One's own listening: as the API tells it, to be taken along, and to be forgotten with a receipt. */
import { readFile } from "node:fs/promises";
import { beforeAll, expect, it } from "vitest";
import type { components } from "@/api/schema";
import { addTrack, call, makeAccount, type TestAccount } from "./accounts";
import { seriousFaults, settled, sharedBrowser, sidewaysOverflow } from "./browser";
import { listenAs, untilListened } from "./plays";
import { zipOf } from "./zip";

const browser = sharedBrowser();
const plays = 25;

let listener: TestAccount;
let creator: TestAccount;

beforeAll(async () => {
  creator = await makeAccount("creator");
  listener = await makeAccount("user");
  const track = await addTrack(creator);
  await listenAs(listener, track, plays, 5 * 3_600_000);
  await untilListened(listener, plays);
});

/** Of an account's data at Spotify: twelve hearings, four of which are skips. */
const hearings = Array.from({ length: 12 }, (_, index) => ({
  endTime: `2024-03-01 ${String(index).padStart(2, "0")}:30`,
  artistName: "Odile Marchetti",
  trackName: "Undertow",
  msPlayed: index % 3 === 0 ? 9_000 : 180_000,
}));

const open = () => browser.openAs(listener, "/you/listening?range=28d");

it("shows what the API gave: sums, artists, the clock of the week and the plays", async () => {
  const answer = await call<{ data: components["schemas"]["Listening"] }>("GET", "/api/v1/me/listening", {
    token: listener.accessToken,
  });
  const total = answer.data.summary?.total;
  expect(total?.plays).toBe(plays);
  const page = await open();
  const main = page.locator("main");
  expect(await main.getByTitle(String(plays), { exact: true }).innerText()).toBe(String(plays));
  await page.getByRole("region", { name: "What most?" }).getByText(`Salt Roads, ${plays} times.`).waitFor();
  const cells = await page
    .getByRole("region", { name: "When in the week?" })
    .getByRole("cell")
    .allInnerTexts();
  expect(cells).toHaveLength(7 * 24);
  const numbers = cells.map(Number);
  expect(numbers.reduce((sum, count) => sum + count, 0)).toBe(plays);
  const list = page.getByRole("region", { name: "Your plays" });
  expect(await list.getByRole("listitem").count()).toBe(20);
  await list.getByRole("button", { name: "Show older ones" }).click();
  await expect.poll(() => list.getByRole("listitem").count()).toBe(plays);
});

it("can be taken along: one line for each report", async () => {
  const page = await open();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download as CSV" }).click();
  const text = await readFile(await (await download).path(), "utf8");
  expect(text.trim().split("\r\n")).toHaveLength(1 + plays);
});

it("takes in a history from elsewhere, and tells what became of each hearing", async () => {
  const newcomer = await makeAccount("user");
  const page = await browser.openAs(newcomer, "/you/listening?range=all");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByText("You listened to nothing in this range.").waitFor();
  const section = page.getByRole("region", { name: "Bring your history" });
  await section.getByText("Where do I find my history?").click();
  await section.getByText("“Extended streaming history” is all of it", { exact: false }).waitFor();
  expect(await sidewaysOverflow(page)).toEqual([]);

  await section.getByLabel("Choose a file").setInputFiles({
    name: "my_spotify_data.zip",
    mimeType: "application/zip",
    buffer: zipOf({
      "MyData/StreamingHistory_music_0.json": JSON.stringify(hearings),
      "MyData/StreamingHistory_music_1.json": "[{",
    }),
  });
  await section.getByRole("row", { name: "Count as plays 8" }).waitFor();
  await section.getByRole("row", { name: "Hearings, of one track 12" }).waitFor();
  await section.getByRole("row", { name: /^Heard for less than 30 s.* 4$/ }).waitFor();
  await section.getByText("MyData/StreamingHistory_music_1.json", { exact: false }).waitFor();
  expect(await sidewaysOverflow(page)).toEqual([]);
  expect(await seriousFaults(page)).toEqual([]);
  // The page shows them without being loaded again.
  await page.getByRole("region", { name: "What most?" }).getByText("Undertow, 8 times.").waitFor();
});

it("is forgotten after a confirmation, with a receipt; the creator's counts stay", async () => {
  const before = await countedOf(creator);
  const page = await open();
  await page.getByRole("button", { name: "Erase my listening" }).click();
  const dialog = page.getByRole("dialog", { name: "Erase your listening?" });
  await dialog.getByRole("checkbox").check();
  await dialog.getByRole("button", { name: "Erase", exact: true }).click();
  await page.getByText(/^(It waits for its turn\.|Your stored plays are nobody’s any more\.)$/).waitFor();
  // The receipt stays for whoever comes back.
  await page.reload();
  await settled(page);
  await page.getByText(/^(It waits for its turn\.|Your stored plays are nobody’s any more\.)$/).waitFor();
  expect(await countedOf(creator)).toBe(before);
});

async function countedOf({ accessToken }: TestAccount): Promise<number | null> {
  const answer = await call<{ data: components["schemas"]["Overview"] }>(
    "GET",
    "/api/v1/analytics/overview",
    {
      token: accessToken,
    },
  );
  return answer.data.total.plays;
}
