/** What real orders earn, as the Revenue tab tells it. */
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import type { components } from "@/api/schema";
import { call, makeAccount, type TestAccount } from "./accounts";
import { sharedBrowser, visit } from "./browser";
import { buy, sell } from "./shop";

const browser = sharedBrowser();

let seller: TestAccount;

beforeAll(async () => {
  seller = await makeAccount("creator", "Kelpie Audio");
  const whole = await sell(seller, { title: "Granular Fields", price_minor: 2_400 });
  const reduced = await sell(seller, { title: "Salt Roads", discount: 30 });
  for (const product of [whole, reduced, reduced]) await buy(await makeAccount("user"), product);
});

const open = (address: string) => browser.openAs(seller, address);

const months = (page: Page) => page.getByRole("region", { name: "What did each month bring?" });

it("tells what the orders brought, and how much is missing for a projection", async () => {
  type Report = { data: components["schemas"]["RevenueReport"] };
  const { data } = await call<Report>("GET", "/api/v1/analytics/revenue", { token: seller.accessToken });
  // 24.00 and twice 12.99 less 30 %, without tax.
  expect(data.total).toMatchObject({ orders: 3, net_minor: 4_218 });

  const page = await open("/analytics/revenue");
  const row = months(page).getByRole("row", { name: /so far/ });
  expect(await row.innerText()).toMatch(/\b3\s+42\.18.€\s+0\.00.€\s+42\.18.€$/);
  // No day is over since the first order.
  await page.getByText("Not enough data yet: 0 of 14 days.").waitFor();
  await page.getByText(/^First projection on /).waitFor();

  const download = page.waitForEvent("download");
  await months(page).getByRole("button", { name: "Download as CSV" }).click();
  const csv = await readFile(await (await download).path(), "utf8");
  expect(csv.trim().split("\r\n").at(-1)).toContain("4218");
});

it("stands in the comparison, and says where a filter leaves it unknown", async () => {
  const page = await open("/analytics/comparison?range=7d");
  const answered = page.waitForResponse((response) => response.url().includes("/analytics/compare?"));
  await visit(page, "/analytics/comparison?range=7d");
  const { data } = (await (await answered).json()) as { data: components["schemas"]["Comparison"] };
  const figures = page.getByRole("region", { name: "What changed?" });
  const row = figures.getByRole("row", { name: /^Net revenue/ });
  // Of the period that runs, what has elapsed in whole quarter hours: the orders may be later.
  for (const { revenue_minor } of [data.period1, data.period2]) {
    expect([0, 4_218]).toContain(revenue_minor);
    expect(await row.innerText()).toContain(((revenue_minor ?? NaN) / 100).toFixed(2));
  }

  await visit(page, "/analytics/revenue?country=FR");
  await page.getByText("Revenue can’t be told under these filters.").first().waitFor();
  await page.getByRole("link", { name: "Show without filters" }).first().click();
  await months(page)
    .getByRole("row", { name: /so far/ })
    .waitFor();
});
