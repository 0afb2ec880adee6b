import { expect, it } from "vitest";
import { addTrack, makeAccount } from "./accounts";
import { settled, sharedBrowser } from "./browser";
import { wavOf } from "./sound";

const browser = sharedBrowser();

it("a listener becomes a creator, adds a track with its audio, and hears it", async () => {
  const page = await browser.openAs(await makeAccount("user", "Odile Marchetti"), "/you");
  await page.getByLabel("Creator’s name").fill("Odile M.");
  await page.getByRole("button", { name: "Become a creator" }).click();
  await page.waitForURL("**/tracks");
  await page.getByText("No tracks yet.").waitFor();

  await page.getByRole("link", { name: "Add your first track" }).click();
  const file = { name: "01 - Salt_Roads.wav", mimeType: "audio/wav", buffer: wavOf(2.5) };
  await page.getByLabel("Choose a file").setInputFiles(file);
  await page.waitForFunction(
    () => document.querySelector<HTMLInputElement>("[name=duration_ms]")?.value === "0:03",
  );
  expect(await page.getByLabel("Title").inputValue()).toBe("Salt Roads");
  expect(await page.getByLabel("Artist").inputValue()).toBe("Odile M.");
  await page.getByLabel("Released").fill("2026-11-06");
  await page.getByRole("button", { name: "Add the track" }).click();
  await page.waitForURL("**/tracks");
  await page.getByText("“Salt Roads” is on Listen now.").waitFor();
  const row = page.getByRole("row", { name: /Salt Roads/ });
  expect(await row.innerText()).toContain("6 Nov 2026");

  await page.getByRole("link", { name: "Salt Roads" }).click();
  await settled(page);
  const seconds = await page.locator("audio").evaluate(
    (audio: HTMLAudioElement) =>
      new Promise<number>((resolve, reject) => {
        audio.addEventListener("loadedmetadata", () => resolve(audio.duration));
        audio.addEventListener("error", () => reject(new Error(audio.error?.message)));
        audio.load();
        audio.preload = "metadata";
      }),
  );
  expect(seconds).toBeCloseTo(2.5, 1);

  await page.getByLabel("Title").fill("Salt Roads, again");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  await page.getByRole("link", { name: "Tracks" }).click();
  await page.getByRole("link", { name: "Salt Roads, again" }).waitFor();
});

it("a file that no browser plays is refused before it is sent", async () => {
  const page = await browser.openAs(await makeAccount("creator"), "/tracks/new");
  const file = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("la la la") };
  await page.getByLabel("Choose a file").setInputFiles(file);
  await page.getByText("This is no audio file").waitFor();
  expect(await page.getByText("notes.txt").count()).toBe(0);
});

it("a creator’s page tells a listener how to become one", async () => {
  const page = await browser.openAs(await makeAccount("user"), "/tracks");
  await page.getByRole("heading", { name: "Not for this account" }).waitFor();
  await page.getByRole("link", { name: "Go to your page" }).click();
  await page.getByRole("button", { name: "Become a creator" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/you");
});

it("someone else’s track is not found", async () => {
  const track = await addTrack(await makeAccount("creator", "Kelpie Audio"));
  const page = await browser.openAs(await makeAccount("creator"), `/tracks/${track}`);
  expect(await page.getByRole("heading", { name: "Not found" }).isVisible()).toBe(true);
});
