import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { BrowserContext, Page } from "playwright-core";
import { expect, it } from "vitest";
import { makeAccount } from "./accounts";
import { person, settled, sharedBrowser, visit } from "./browser";
import { sell } from "./shop";

const browser = sharedBrowser();

/** Presses the button that names the amount, and waits for the purchase. */
async function pay(page: Page, amount: RegExp): Promise<void> {
  await page.getByLabel("Country for tax").selectOption("FR");
  await page.getByRole("button", { name: amount }).click();
  await page.waitForURL("**/market/purchases/*");
}

/** Downloads a file by its button; gives its bytes. */
async function download(page: Page, file: string): Promise<Buffer> {
  const begun = page.waitForEvent("download");
  await page.getByRole("button", { name: `Download ${file}` }).click();
  const done = await begun;
  expect(done.suggestedFilename()).toBe(file);
  return readFile(await done.path());
}

it("a buyer buys in a flash sale, pays what can be checked by hand, and downloads the file", async () => {
  const title = `Salt Roads ${Date.now()}`;
  const product = await sell(await makeAccount("creator", "Odile M."), { title, discount: 30 });
  const page = await browser.openAs(await makeAccount("user"), `/market?q=${encodeURIComponent(title)}`);
  await page.getByRole("link", { name: title }).click();
  await page.getByText(/^ends in/).waitFor();
  await page.getByRole("button", { name: "Add to cart" }).click();
  await page.getByRole("link", { name: "Cart, 1 product" }).click();
  await page.getByRole("link", { name: "Check out" }).click();

  await page.getByLabel("Country for tax").selectOption("FR");
  // 1299 at 30 % is 390 off; 20 % of 909 are 182.
  const button = page.getByRole("button", { name: /^Pay 10\.91.€$/ });
  await button.waitFor();
  const form = await page.locator("form", { has: button }).innerText();
  expect(form).toMatch(/Subtotal\s+12\.99.€/);
  expect(form).toMatch(/−3\.90.€/);
  expect(form).toMatch(/Net\s+9\.09.€/);
  expect(form).toMatch(/Tax 20.%, France\s+1\.82.€/);
  await pay(page, /^Pay 10\.91.€$/);

  const file = `${title.replaceAll(" ", "_")}.zip`;
  await page.getByText(file).waitFor();
  const sha256 = createHash("sha256").update(product.bytes).digest("hex");
  await page.getByText(sha256).waitFor();
  expect((await download(page, file)).equals(product.bytes)).toBe(true);
  // As often as wanted.
  expect((await download(page, file)).equals(product.bytes)).toBe(true);
  await page.getByRole("link", { name: "Cart, 0 products" }).waitFor();

  // What one has is not sold to one again.
  await visit(page, `/market/products/${product.id}`);
  await page.getByRole("link", { name: "You have it" }).waitFor();
});

it("a declined payment says so, and the same order is paid by another card", async () => {
  const product = await sell(await makeAccount("creator"), { title: "Undertow", price_minor: 290 });
  const page = await browser.openAs(await makeAccount("user"), `/market/products/${product.id}`);
  await page.getByRole("link", { name: "Buy now" }).click();
  await page.getByLabel("Country for tax").selectOption("FR");
  await page.getByLabel("Pay with").selectOption("decline");
  await page.getByRole("button", { name: /^Pay 3\.48.€$/ }).click();
  await page.getByText("The payment was declined.").waitFor();
  await page.getByLabel("Pay with").selectOption("late");
  await page.getByRole("button", { name: /^Pay 3\.48.€$/ }).click();
  await page.waitForURL("**/market/purchases/*");
  await page.getByRole("region", { name: "Undertow" }).waitFor();
  expect(await page.getByRole("region", { name: "Undertow" }).count()).toBe(1);
});

/** Lets the wishlist's next change fail, as an outage would. */
async function failOnce(context: BrowserContext): Promise<void> {
  await context.route(
    "**/api/v1/marketplace/wishlist/*",
    (route) =>
      route.fulfill({
        status: 503,
        contentType: "application/problem+json",
        body: JSON.stringify({
          type: "about:blank",
          title: "",
          status: 503,
          code: "unavailable",
          detail: "",
        }),
      }),
    { times: 1 },
  );
}

it("a heart that the server refuses is empty again; pressed once more it stays, and can be taken back", async () => {
  const title = `Dust and Dial ${Date.now()}`;
  await sell(await makeAccount("creator"), { title });
  const page = await browser.openAs(await makeAccount("user"), `/market?q=${encodeURIComponent(title)}`);
  const heart = page.getByRole("button", { name: `Wish for ${title}` });
  await failOnce(page.context());
  await heart.click();
  await page.getByText(/^Your wishlist is as it was/).waitFor();
  await page.getByRole("button", { name: `Wish for ${title}`, pressed: false }).waitFor();

  await heart.click();
  await page.getByRole("link", { name: "Wishlist 1" }).waitFor();
  await page.reload();
  await settled(page);
  await page.getByRole("button", { name: `Wish for ${title}`, pressed: true }).waitFor();

  await page.getByRole("link", { name: "Wishlist 1" }).click();
  await page.getByText(/^since/).waitFor();
  await failOnce(page.context());
  await heart.click();
  await page.getByText(/^Your wishlist is as it was/).waitFor();
  await heart.waitFor();
  await heart.click();
  await page.getByText(/^You wish for nothing yet/).waitFor();
  expect(await page.getByRole("button", { name: `Wish for ${title}` }).count()).toBe(0);
});

/** What the browser asks another origin for leave to send, from now on: "PUT http://…". */
async function preflightsOf(page: Page): Promise<string[]> {
  const found: string[] = [];
  const chromium = await page.context().newCDPSession(page);
  await chromium.send("Network.enable");
  chromium.on("Network.requestWillBeSent", ({ request, initiator }) => {
    if (initiator.type !== "preflight") return;
    found.push(`${request.headers["Access-Control-Request-Method"]} ${request.url}`);
  });
  return found;
}

it("a seller publishes a product with a file and a promotion, and another user buys it", async () => {
  const title = `Night Ferry ${Date.now()}`;
  const seller = await browser.openAs(await makeAccount("creator", "Teo Brandão"), "/sell");
  await seller.getByRole("link", { name: "Add your first product" }).click();
  await seller.getByLabel("Title").fill(title);
  await seller.getByLabel("Kind").selectOption("stems");
  await seller.getByLabel("Price in EUR").fill("7.50");
  await seller.getByRole("button", { name: "Make the draft" }).click();
  await seller.waitForURL("**/sell/products/*");
  const buffer = Buffer.from("the stems of a song");
  const file = { name: "Night_Ferry.zip", mimeType: "application/zip", buffer };
  // It goes to the objects' own origin, so the browser asks there first whether it may.
  const preflights = await preflightsOf(seller);
  const put = seller.waitForResponse((response) => response.request().method() === "PUT");
  await seller.getByLabel("Choose files").setInputFiles(file);
  expect((await put).status()).toBe(200);
  expect(preflights).toContain(`PUT ${(await put).url()}`);
  expect(new URL((await put).url()).origin).not.toBe(new URL(seller.url()).origin);
  await seller.getByText(createHash("sha256").update(buffer).digest("hex")).waitFor();
  // A picture of one point.
  const png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const cover = { name: "cover.png", mimeType: "image/png", buffer: Buffer.from(png, "base64") };
  // What is said of a success is shown for a moment only.
  await Promise.all([
    seller.getByText("The cover is changed.").waitFor(),
    seller.getByLabel("Choose a picture").setInputFiles(cover),
  ]);
  await Promise.all([
    seller.getByText(`“${title}” is for sale.`).waitFor(),
    seller.getByRole("button", { name: "Publish" }).click(),
  ]);

  await seller.getByRole("link", { name: "Promote" }).click();
  await seller.getByRole("button", { name: `New promotion of ${title}` }).click();
  await seller.getByLabel("Discount in percent").fill("29");
  // 750 at 29 % is 218 off.
  await seller.getByText(/^7\.50.€ becomes 5\.32.€\.$/).waitFor();
  await seller.getByRole("button", { name: "Plan it" }).click();
  await seller.getByRole("button", { name: new RegExp(`^${title} −29`) }).waitFor();

  const buyer = await browser.openAs(await makeAccount("user"), `/market?q=${encodeURIComponent(title)}`);
  await buyer.getByText(/^PROMO −29.%$/).waitFor();
  await buyer.getByRole("link", { name: title }).click();
  await buyer.getByRole("link", { name: "Buy now" }).click();
  await pay(buyer, /^Pay 6\.38.€$/);
  expect((await download(buyer, "Night_Ferry.zip")).equals(buffer)).toBe(true);

  await seller.getByRole("link", { name: "Sales" }).click();
  const row = seller.getByRole("row", { name: new RegExp(title) });
  await row.waitFor();
  expect(await row.innerText()).toMatch(/France[\s\S]*−29.%[\s\S]*1\.06.€[\s\S]*5\.32.€/);
});

it("a promotion is dragged up to the next one, and no further", async () => {
  const title = `Fjord Sessions ${Date.now()}`;
  const account = await makeAccount("creator");
  await sell(account, { title });
  const page = await browser.openAs(account, "/sell/promotions");
  const plan = async (from: number, to: number) => {
    const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 11);
    await page.getByRole("button", { name: `New promotion of ${title}` }).click();
    await page.getByLabel("Starts").fill(`${at(from)}12:00`);
    await page.getByLabel("Ends", { exact: true }).fill(`${at(to)}12:00`);
    await page.getByRole("button", { name: "Plan it" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  };
  await plan(3, 5);
  await plan(10, 12);
  const bars = page.getByRole("button", { name: new RegExp(`^${title} −20`) });
  await expect.poll(() => bars.count()).toBe(2);
  const box = async (index: number) => {
    const found = await bars.nth(index).boundingBox();
    if (found === null) throw new Error("the window is not on the page");
    return found;
  };
  const places = [await box(0), await box(1)].toSorted((a, b) => a.x - b.x);
  const [first, second] = places as [(typeof places)[number], (typeof places)[number]];

  const moved = page.waitForResponse((response) => response.request().method() === "PATCH");
  await page.mouse.move(first.x + first.width / 2, first.y + first.height / 2);
  await page.mouse.down();
  // Far over the other one.
  await page.mouse.move(second.x + second.width + 200, first.y + first.height / 2, { steps: 8 });
  await page.mouse.up();
  expect((await moved).status()).toBe(200);
  expect(await page.getByRole("dialog").count()).toBe(0);
  const after = [await box(0), await box(1)].toSorted((a, b) => a.x - b.x);
  const [left, right] = after as [(typeof after)[number], (typeof after)[number]];
  expect(left.x + left.width).toBeCloseTo(second.x, -1);
  expect(right.x).toBeCloseTo(second.x, 0);
});

it("a play heard on the product page is in its creator’s geography within 3 s of its report", async () => {
  const creator = await makeAccount("creator");
  const product = await sell(creator, { title: `Low Tide ${Date.now()}`, seconds: 5 });
  const analytics = await browser.openAs(creator, "/analytics/geography?range=today");
  const listener = await (await browser.newContext(person)).newPage();
  await visit(listener, `/market/products/${product.id}`);
  const reported = listener.waitForResponse(
    (response) => response.request().method() === "POST" && response.url().endsWith("/v1/plays"),
  );
  await listener.getByRole("main").getByRole("button", { name: /^Play/ }).click();
  expect((await reported).status()).toBe(202);
  const reportedAt = Date.now();
  // Played from this machine: its place is unknown, and counted as such.
  await analytics
    .getByText(/\b1 play\b/)
    .first()
    .waitFor({ timeout: 10_000 });
  expect(Date.now() - reportedAt).toBeLessThanOrEqual(3_000);
});
