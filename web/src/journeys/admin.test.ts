/** The admin's pages on a real installation, also while what is behind them is away, one after the other. */
import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { addTrack, makeAccount, makeAdmin, type TestAccount } from "./accounts";
import { sharedBrowser } from "./browser";
import { produce } from "./kafka";
import { importPlays, untilCounted } from "./plays";
import { readStatus, untilWhole } from "./stack";

const browser = sharedBrowser();

let admin: TestAccount;

beforeAll(async () => {
  admin = await makeAdmin();
  const creator = await makeAccount("creator");
  const track = await addTrack(creator);
  await importPlays(track, 20, 60_000);
  await untilCounted(creator.accessToken, 20);
});

const open = (address: string) => browser.openAs(admin, address);

const card = (page: Page, name: string): Locator => page.getByRole("region", { name });

it("an administrator finds the way from health to users and transactions", async () => {
  const page = await open("/admin");
  const balance = card(page, "Is every report accounted for?");
  await balance.getByText("difference 0").waitFor();
  await page.getByRole("link", { name: "Users" }).click();
  const triangle = card(page, "Do people come back?");
  // Everyone here has signed up today.
  await triangle
    .getByText(/^not yet, from/)
    .first()
    .waitFor();
  await card(page, "Who is active in a day?")
    .getByText(/^Today until now/)
    .waitFor();
  await page.getByRole("link", { name: "Transactions" }).click();
  await card(page, "How much is sold?").waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
});

it("a record that can’t be read is shown with its bytes, and the balance still closes", async () => {
  const page = await open("/admin");
  const offset = await produce(inject("kafka"), "plays", Buffer.from("no play \xff", "latin1"));
  const rejected = card(page, "Which records could not be read?");
  const record = rejected.getByText(`partition 0, offset ${offset.toLocaleString("en-GB")}`, { exact: true });
  await record.waitFor();
  await record.click();
  await rejected.getByText("6E 6F 20 70 6C 61 79 20 FF").waitFor();
  const balance = card(page, "Is every report accounted for?");
  await balance.getByRole("row", { name: /^not a report/ }).waitFor();
  await balance.getByText("difference 0").waitFor();
  expect(await balance.getByRole("alert").count()).toBe(0);
});

describe("what is away", () => {
  const pidOf = async (name: string): Promise<number> => {
    const { services } = await readStatus(inject("statusFile"));
    const pid = services.find((service) => service.name === name)?.pid;
    if (!pid) throw new Error(`${name} is not running`);
    return pid;
  };
  const killed: number[] = [];
  const kill = async (name: string) => {
    const pid = await pidOf(name);
    process.kill(pid, "SIGKILL");
    killed.push(pid);
  };
  const parentOf = async (pid: number): Promise<number> =>
    Number(/^PPid:\s*(\d+)/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]);

  /** It would start again at once what is killed; while it is stopped, what is killed stays away. */
  let supervisor: number;

  beforeAll(async () => {
    supervisor = await parentOf(await pidOf("prometheus"));
    process.kill(supervisor, "SIGSTOP");
  });
  // The journeys after this one need it whole.
  afterAll(async () => {
    process.kill(supervisor, "SIGCONT");
    await untilWhole(inject("statusFile"), killed);
  });

  const balance = "Is every report accounted for?";
  const partitions = "Is the pipeline keeping up?";
  const performance = "How fast are the answers?";
  const refused = "What is refused at the door?";
  const unknown = "What don’t we know?";
  const says = (page: Page, name: string, words: string) =>
    card(page, name).getByRole("alert").getByText(words).waitFor();

  it("is said by the cards that miss it, while the others still show their numbers", async () => {
    const page = await open("/admin");
    await card(page, balance).getByText("difference 0").waitFor();
    const numbers = async (name: string, text: RegExp | string) => {
      await card(page, name).getByText(text).first().waitFor();
      expect(await card(page, name).getByRole("alert").count()).toBe(0);
    };

    await kill("prometheus");
    await says(page, performance, "Prometheus doesn’t answer.");
    await says(page, refused, "Prometheus doesn’t answer.");
    await numbers(balance, "difference 0");
    await numbers(partitions, /records? waits?\./);
    await numbers(unknown, /^\d[\d.]*.%$/);

    await kill("warehouse");
    await says(page, balance, "The warehouse doesn’t answer.");
    await says(page, unknown, "The warehouse doesn’t answer.");
    await numbers(partitions, /records? waits?\./);
    // Users come from elsewhere, and only their listeners are unknown.
    const users = await open("/admin/users");
    await users.getByText("Active in 30 days").waitFor();
    const course = card(users, "Who is active in a day?");
    await course.getByText(/^Today until now/).waitFor();

    await kill("postgres");
    await says(page, partitions, "The database doesn’t answer.");
    await says(page, balance, "The database doesn’t answer.");
    // A range that has not been asked for yet.
    await users.getByRole("radio", { name: "7 days" }).first().click({ force: true });
    await users.getByText("The users could not be loaded.").first().waitFor();
  });
});
