import { expect, it } from "vitest";
import { call, makeAccount, makeAdmin, type TestAccount } from "./accounts";
import { sharedBrowser, visit } from "./browser";
import { sell } from "./shop";

const browser = sharedBrowser();

/** What came in today, as the creator's own report tells it, in minor units. */
async function revenueOf({ accessToken: token }: TestAccount): Promise<number | null> {
  const report = await call<{ data: { total: { net_minor: number | null } } }>(
    "GET",
    "/api/v1/analytics/revenue?currency=EUR",
    { token },
  );
  return report.data.total.net_minor;
}

it("a buyer reports an issue, the seller answers, an administrator refunds in part, and all of them see it", async () => {
  const seller = await makeAccount("creator", "Kelpie Audio");
  const title = `Granular Fields ${Date.now()}`;
  const product = await sell(seller, { title, price_minor: 2_400 });

  // Buys.
  const buyer = await browser.openAs(
    await makeAccount("user", "Teo Brandão"),
    `/market/products/${product.id}`,
  );
  await buyer.getByRole("link", { name: "Buy now" }).click();
  await buyer.getByLabel("Country for tax").selectOption("FR");
  await buyer.getByRole("button", { name: /^Pay 28\.80.€$/ }).click();
  await buyer.waitForURL("**/market/purchases/*");
  expect(await revenueOf(seller)).toBe(2_400);

  // Reports.
  await buyer.getByRole("button", { name: "Report an issue" }).click();
  await buyer.getByLabel("What is wrong?").selectOption("corrupt_file");
  await buyer.getByLabel("Tell us more").fill("It stops at 61 %.");
  await buyer.getByRole("button", { name: "Report it" }).click();
  await buyer.getByText("Waiting for the seller’s answer").waitFor();
  await buyer.getByText("Dispute open", { exact: true }).waitFor();

  // Answers.
  const selling = await browser.openAs(seller, "/sell/disputes");
  await selling.getByText("One waits for your answer.").waitFor();
  await selling.getByText("It stops at 61 %.").waitFor();
  await selling
    .getByLabel("Your answer to the buyer and to us")
    .fill("Sorry about that. I have put it up again.");
  await selling.getByRole("button", { name: "Answer" }).click();
  await selling.getByText("None waits for your answer.").waitFor();

  // The buyer sees the answer without a reload, and says more.
  await buyer.getByText("Sorry about that. I have put it up again.").waitFor();
  await buyer.getByLabel("Add something for us and the seller").fill("Two folders are missing.");
  await buyer.getByRole("button", { name: "Send" }).click();
  await buyer.getByText("Two folders are missing.").waitFor();

  // Refunds a fourth: 7.20 € with 1.20 € of tax in it.
  const deciding = await browser.openAs(await makeAdmin(), "/admin/disputes");
  await deciding.getByRole("link", { name: title }).click();
  await deciding.getByText("Two folders are missing.").waitFor();
  await deciding.getByRole("radio", { name: "Give back a part" }).check();
  await deciding.getByLabel("Amount in EUR, tax included").fill("7.20");
  await deciding.getByLabel("Why").fill("Two of eight folders are missing.");
  await deciding.getByRole("button", { name: "Decide" }).click();
  await deciding.getByText("It is over.").waitFor();

  // All of them see it.
  await buyer.getByText(/^Decided: refunded in part, 7\.20.€\.$/).waitFor();
  await buyer.getByText("Two of eight folders are missing.").waitFor();
  await buyer.reload();
  await buyer.getByText("Refunded in part", { exact: true }).waitFor();
  await selling.getByText(/^Decided: refunded in part, 7\.20.€\.$/).waitFor();
  await selling.getByRole("link", { name: "Sales" }).click();
  const row = selling.getByRole("row", { name: new RegExp(title) });
  await row.waitFor();
  expect(await row.innerText()).toMatch(/−7\.20.€[\s\S]*18\.00.€/);
  expect(await revenueOf(seller)).toBe(1_800);
  await visit(selling, "/analytics/revenue");
  const month = selling
    .getByRole("region", { name: "What did each month bring?" })
    .getByRole("row", { name: /so far/ });
  // One order: sold, given back, left.
  expect(await month.innerText()).toMatch(/\b1\s+24\.00.€\s+6\.00.€\s+18\.00.€$/);
});

it("who bought it says what they think, and the seller replies, once each", async () => {
  const seller = await makeAccount("creator", "Odile M.");
  const product = await sell(seller, { title: `Small Hours ${Date.now()}`, price_minor: 0 });
  const address = `/market/products/${product.id}`;
  const buyer = await browser.openAs(await makeAccount("user", "Ada Novak"), address);
  await buyer.getByText("Nobody has said anything yet.").waitFor();
  await buyer.getByRole("link", { name: "Buy now" }).click();
  await buyer.getByRole("button", { name: "Get it for free" }).click();
  await buyer.waitForURL("**/market/purchases/*");

  await visit(buyer, address);
  await buyer.getByRole("radio", { name: "4 stars of 5" }).check({ force: true });
  await buyer.getByLabel("In your words").fill("It sounds like the sea.");
  await buyer.getByRole("button", { name: "Publish" }).click();
  await buyer.getByRole("article").getByText("It sounds like the sea.").waitFor();
  await buyer.getByText("4.0", { exact: true }).first().waitFor();
  expect(await buyer.getByRole("button", { name: "Publish" }).count()).toBe(0);

  const selling = await browser.openAs(seller, "/sell/reviews");
  await selling.getByText("One without a reply.").waitFor();
  await selling.getByLabel("Reply to Ada Novak").fill("Thank you, Ada.");
  await selling.getByRole("button", { name: "Reply" }).click();
  await selling.getByText("Each has its reply.").waitFor();
  expect(await selling.getByLabel("Reply to Ada Novak").count()).toBe(0);

  await visit(buyer, address);
  await buyer.getByText("Thank you, Ada.").waitFor();
});
