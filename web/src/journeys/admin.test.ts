/** The admin's pages on a real installation, also while what is behind them is away, one after the other. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { addTrack, makeAccount, makeAdmin, signIn, type TestAccount } from "./accounts";
import { sharedBrowser, visit } from "./browser";
import { importPlays, untilCounted } from "./plays";

const browser = sharedBrowser();

let admin: TestAccount;

beforeAll(async () => {
  admin = await makeAdmin();
  const creator = await makeAccount("creator");
  const track = await addTrack(creator);
  await importPlays(track, 20, 60_000);
  await untilCounted(creator.accessToken, 20);
});

async function open(address: string): Promise<Page> {
  const context = await browser.newContext();
  await signIn(context, admin);
  const page = await context.newPage();
  await visit(page, address);
  return page;
}

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
  expect(
    await card(page, "Who is active in a day?")
      .getByText(/^Today until now/)
      .count(),
  ).toBe(1);
  await page.getByRole("link", { name: "Transactions" }).click();
  await card(page, "How much is sold?").waitFor();
});

describe("what is away", () => {
  interface Service {
    name: string;
    pid: number | null;
  }

  const pidOf = (name: string): number => {
    const { services } = JSON.parse(readFileSync(inject("statusFile"), "utf8")) as { services: Service[] };
    const pid = services.find((service) => service.name === name)?.pid;
    if (!pid) throw new Error(`${name} is not running`);
    return pid;
  };
  const parentOf = (pid: number): number =>
    Number(execFileSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }).trim());

  /** It would start again at once what is killed; while it is stopped, what is killed stays away. */
  let supervisor: number;

  beforeAll(() => {
    supervisor = parentOf(pidOf("prometheus"));
    process.kill(supervisor, "SIGSTOP");
  });
  afterAll(() => process.kill(supervisor, "SIGCONT"));

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

    process.kill(pidOf("prometheus"), "SIGKILL");
    await says(page, performance, "Prometheus doesn’t answer.");
    await says(page, refused, "Prometheus doesn’t answer.");
    await numbers(balance, "difference 0");
    await numbers(partitions, /records? waits?\./);
    await numbers(unknown, "Country unknown");

    process.kill(pidOf("warehouse"), "SIGKILL");
    await says(page, balance, "The warehouse doesn’t answer.");
    await says(page, unknown, "The warehouse doesn’t answer.");
    await numbers(partitions, /records? waits?\./);
    // Users come from elsewhere, and only their listeners are unknown.
    const users = await open("/admin/users");
    await users.getByText("Active in 30 days").waitFor();
    const course = card(users, "Who is active in a day?");
    await course.getByText(/^Today until now/).waitFor();

    process.kill(pidOf("postgres"), "SIGKILL");
    await says(page, partitions, "The database doesn’t answer.");
    await says(page, balance, "The database doesn’t answer.");
    // A range that has not been asked for yet.
    await users.getByRole("radio", { name: "7 days" }).first().check({ force: true });
    await users.getByText("The users could not be loaded.").first().waitFor();
  });
});
