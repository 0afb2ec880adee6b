/**
 * Pictures of every page as the demo's people see it: `screenshots/<language>/<theme>-<device>/<page>.png`, whole pages.
 *
 * Of the installation that runs (`make run`), since only the demo has something to show on each page.
 */
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { call, signIn, type Login } from "./accounts";
import { painted, settled, sharedBrowser, sidewaysOverflow, speak, visit } from "./browser";

const browser = sharedBrowser();
const folder = resolve(import.meta.dirname, "../../screenshots");
const language = process.env.VEZA_SCREENSHOTS_IN ?? "en";

const login = (name: string): Login => ({ email: `${name}@demo.veza.local`, password: "veza-demo" });
const people = {
  visitor: null,
  buyer: login("buyer"),
  creator: login("creator"),
  seller: login("seller"),
  admin: login("admin"),
  // Signed up, and has done nothing yet.
  listener: login("listener-1"),
};

const devices = {
  desktop: { width: 1440, height: 1000 },
  phone: { width: 390, height: 844 },
};

const pages: [as: keyof typeof people, ...addresses: string[]][] = [
  [
    "visitor",
    "/login",
    "/signup",
    "/listen",
    "/listen/creators/:creator",
    "/nowhere",
    "/market",
    "/market/cart",
  ],
  ["buyer", "/you", "/you/listening", "/market", "/market?q=a", "/market/deals", "/market/products/:product"],
  ["buyer", "/market/wishlist", "/market/cart", "/market/checkout?product=:product", "/market/purchases"],
  ["buyer", "/market/purchases/:order"],
  ["listener", "/you/listening", "/market/wishlist", "/market/purchases"],
  ["creator", "/listen", "/tracks", "/tracks/new", "/tracks/:track", "/you"],
  ["creator", "/analytics", "/analytics/geography", "/analytics/geography?country=FR", "/analytics/devices"],
  ["creator", "/analytics/sources", "/analytics/tracks", "/analytics/revenue", "/analytics/comparison"],
  [
    "creator",
    "/analytics/excluded",
    "/analytics/live",
    "/analytics?range=today&plays=",
    "/analytics?range=1y",
  ],
  ["seller", "/analytics/revenue", "/sell", "/sell/new", "/sell/products/:mine", "/sell/promotions"],
  ["seller", "/sell/sales", "/sell/demand", "/sell/reviews", "/sell/disputes"],
  ["admin", "/admin", "/admin/users", "/admin/transactions", "/admin/disputes", "/admin/disputes?show=all"],
  ["admin", "/admin/disputes/:dispute", "/analytics"],
];

/** What the addresses name. */
const ids: Record<string, string> = {};

type Listed = { data: { id: string | number; order_id: string; owned: boolean }[] };

/** What the API answers somebody. */
async function get<T>(who: Login, path: string): Promise<T> {
  const session = await call<{ data: { access_token: string } }>("POST", "/api/v1/auth/login", {
    body: who,
  });
  return call<T>("GET", `/api/v1${path}`, { token: session.data.access_token });
}

const list = async (who: Login, path: string) => (await get<Listed>(who, path)).data;

/** Names the first of these. */
function first(name: string, [item]: Listed["data"], key: "id" | "order_id" = "id"): void {
  if (item === undefined) throw new Error(`there is no ${name} yet; has the demo been written whole?`);
  ids[name] = String(item[key]);
}

beforeAll(async () => {
  first("creator", await list(people.buyer, "/creators"));
  const { data: creator } = await get<{ data: { creator_id: number } }>(people.creator, "/me");
  first("track", await list(people.creator, `/tracks?creator=${creator.creator_id}`));
  const products = await list(people.buyer, "/marketplace/deals");
  first(
    "product",
    products.filter(({ owned }) => !owned),
  );
  first("mine", await list(people.seller, "/marketplace/selling"));
  first("order", await list(people.buyer, "/marketplace/disputes?side=buyer"), "order_id");
  first("dispute", await list(people.admin, "/admin/disputes"));
});

/** "market-products-id-1.png" would tell little: the parameter's name stands for what it names. */
const fileOf = (as: string, address: string) =>
  `${as}${address.replace(/[/?&=:]+/g, "-").replace(/-$/, "")}.png`;

describe.each(pages.flatMap(([as, ...addresses]) => addresses.map((address) => ({ as, address }))))(
  "$address as $as",
  ({ as, address }) => {
    it.each(Object.keys(devices) as (keyof typeof devices)[])("on a %s", async (device) => {
      const context = await browser.newContext({
        viewport: devices[device],
        locale: language === "fr" ? "fr-FR" : "en-GB",
      });
      if (people[as] !== null) await signIn(context, people[as]);
      await speak(context, language);
      const cart = JSON.stringify([ids.product]);
      await context.addInitScript((kept) => localStorage.setItem("veza.cart", kept), cart);
      const page = await context.newPage();
      await visit(
        page,
        address.replace(/:(\w+)/, (_, name: string) => ids[name] ?? name),
      );
      for (const theme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme: theme });
        await settled(page);
        await painted(page);
        const into = `${folder}/${language}/${theme}-${device}`;
        await mkdir(into, { recursive: true });
        await page.screenshot({ path: `${into}/${fileOf(as, address)}`, fullPage: true });
      }
      expect(await sidewaysOverflow(page)).toEqual([]);
    });
  },
);
