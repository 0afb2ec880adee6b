/** What holds for every page: nobody is shut out, nothing is cut off, and all words come from the messages. */
import type { BrowserContext, Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { addTrack, call, makeAccount, makeAdmin, signIn, type TestAccount } from "./accounts";
import { importPlays, listenAs, untilCounted } from "./plays";
import { buy, reportIssue, sell, type TestProduct } from "./shop";
import { seriousFaults, sharedBrowser, sidewaysOverflow, speak, textOutsideMessages, visit } from "./browser";

const browser = sharedBrowser();

/** A listener who has heard nothing and one who has, a creator with plays, one without, and an administrator. */
type Person = "user" | "listener" | "creator" | "beginner" | "admin";

const pages: { as: "visitor" | Person; address: string }[] = [
  { as: "visitor", address: "/login" },
  { as: "visitor", address: "/signup" },
  { as: "visitor", address: "/listen" },
  { as: "visitor", address: "/nowhere" },
  { as: "user", address: "/you" },
  { as: "user", address: "/you/listening" },
  { as: "listener", address: "/you/listening" },
  { as: "user", address: "/tracks" },
  { as: "creator", address: "/you" },
  { as: "creator", address: "/listen" },
  { as: "creator", address: "/tracks" },
  { as: "creator", address: "/tracks/new" },
  { as: "creator", address: "/tracks/:track" },
  { as: "creator", address: "/analytics" },
  { as: "creator", address: "/analytics/geography" },
  { as: "creator", address: "/analytics/devices" },
  { as: "creator", address: "/analytics/sources" },
  { as: "creator", address: "/analytics/tracks" },
  { as: "creator", address: "/analytics/revenue" },
  { as: "creator", address: "/analytics/comparison?range=7d" },
  { as: "creator", address: "/analytics/excluded" },
  { as: "creator", address: "/analytics/live" },
  { as: "visitor", address: "/market" },
  { as: "visitor", address: "/market/cart" },
  { as: "visitor", address: "/market/products/:product" },
  { as: "user", address: "/market?q=Salt" },
  { as: "user", address: "/market/deals" },
  { as: "user", address: "/market/products/:product" },
  { as: "user", address: "/market/wishlist" },
  { as: "user", address: "/market/cart" },
  { as: "user", address: "/market/checkout?product=:other" },
  { as: "user", address: "/market/purchases" },
  { as: "creator", address: "/sell" },
  { as: "creator", address: "/sell/new" },
  { as: "creator", address: "/sell/products/:product" },
  { as: "creator", address: "/sell/promotions" },
  { as: "creator", address: "/sell/sales" },
  { as: "creator", address: "/sell/demand" },
  { as: "creator", address: "/sell/reviews" },
  { as: "creator", address: "/sell/disputes" },
  // Nothing sold, wished for or bought.
  { as: "beginner", address: "/sell" },
  { as: "beginner", address: "/sell/promotions" },
  { as: "beginner", address: "/market/wishlist" },
  { as: "beginner", address: "/market/purchases" },
  // Without a play: every card is empty, and says why.
  { as: "beginner", address: "/analytics" },
  { as: "beginner", address: "/analytics/revenue" },
  { as: "beginner", address: "/analytics/comparison" },
  { as: "beginner", address: "/analytics/excluded" },
  { as: "beginner", address: "/analytics/live" },
  { as: "beginner", address: "/tracks" },
  { as: "admin", address: "/admin" },
  { as: "admin", address: "/admin/users" },
  { as: "admin", address: "/admin/transactions" },
  { as: "admin", address: "/admin/disputes" },
  { as: "admin", address: "/admin/disputes/:dispute" },
];

const widths = [390, 820, 1440];

/** One an hour, so that several days have some. */
const plays = 120;
/** Plays of the listener. */
const listened = 40;

let accounts: Record<Person, TestAccount>;
let track: string;
/** One that the user has bought, on promotion; and one that it has not. */
let product: TestProduct;
let other: TestProduct;
/** What the user reports of the first. */
let dispute: string;

beforeAll(async () => {
  accounts = {
    user: await makeAccount("user"),
    listener: await makeAccount("user"),
    creator: await makeAccount("creator"),
    beginner: await makeAccount("creator"),
    admin: await makeAdmin(),
  };
  track = await addTrack(accounts.creator);
  await importPlays(track, plays, 3_600_000);
  await listenAs(accounts.listener, track, listened, 7 * 3_600_000);
  product = await sell(accounts.creator, { title: "Salt Roads", seconds: 4, discount: 30 });
  other = await sell(accounts.creator, { title: "Undertow", price_minor: 290 });
  const order = await buy(accounts.user, product);
  dispute = await reportIssue(accounts.user, order);
  const wish = `/api/v1/marketplace/wishlist/${other.id}`;
  await call("POST", wish, { token: accounts.user.accessToken });
  await untilCounted(accounts.creator.accessToken, plays + listened);
});

async function open(context: BrowserContext, { as, address }: (typeof pages)[number]): Promise<Page> {
  if (as !== "visitor") await signIn(context, accounts[as]);
  const cart = JSON.stringify([other.id]);
  await context.addInitScript((kept) => localStorage.setItem("veza.cart", kept), cart);
  const page = await context.newPage();
  const ids = { track, product: product.id, other: other.id, dispute };
  await visit(
    page,
    address.replace(/:(\w+)/, (_, name: keyof typeof ids) => ids[name]),
  );
  return page;
}

describe.each(pages)("$address as $as", (target) => {
  it("has no serious fault in either theme, and holds at each width", async () => {
    const page = await open(await browser.newContext({ colorScheme: "light" }), target);
    expect(await seriousFaults(page), "light").toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await seriousFaults(page), "dark").toEqual([]);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      // Charts take their new width a moment later.
      await expect.poll(() => sidewaysOverflow(page), { message: `${width} px` }).toEqual([]);
    }
  });

  it("speaks from its messages alone", async () => {
    const context = await browser.newContext();
    await speak(context, "en-XA");
    const page = await open(context, target);
    expect(await textOutsideMessages(page)).toEqual([]);
  });
});
