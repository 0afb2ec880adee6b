import { act, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { learnServerTime } from "@/api/serverTime";
import { account, listener, problem } from "@/mocks/answers";
import { refuse, reply } from "@/mocks/handlers";
import {
  deal,
  downloads,
  order,
  pendingOrder,
  productPage,
  quote,
  samples,
  stems,
  wish,
} from "@/mocks/market";
import { openApp, renderPart } from "@/mocks/render";
import { server } from "@/mocks/server";
import { Countdown } from "@/parts/shop/Countdown";
import { addToCart, removeFromCart } from "./cart";

const serverTime = () => ({ server_time: new Date().toISOString() });
const list = (data: unknown[]) => reply(data, { next_cursor: null, ...serverTime() });
const checkoutOf = (...ids: string[]) =>
  `/market/checkout?${new URLSearchParams(ids.map((id) => ["product", id]))}`;

// Whoever buys here sells nothing.
beforeEach(() => server.use(http.get("*/api/v1/me", () => reply(listener))));

describe("the market", () => {
  it("shows a visitor the deal with its end, and what is for sale", async () => {
    openApp("/market", null);
    const [large] = await screen.findAllByRole("article", { name: "" });
    expect(large).toHaveTextContent(/PROMO −30.%/);
    expect(large).toHaveTextContent(/ends in 1.d 04.h 1[12].min/);
    expect(large).toHaveTextContent(/9\.09.€/);
    expect(large).toHaveTextContent(/lowest in 30 days 12\.99.€/);
    expect(await screen.findByRole("link", { name: "Dust and Dial" })).toHaveAttribute(
      "href",
      `/market/products/${samples.id}`,
    );
  });

  it("puts what is looked for into the address, and asks the API for it", async () => {
    const asked: string[] = [];
    server.use(
      http.get("*/api/v1/marketplace/products", ({ request }) => {
        asked.push(new URL(request.url).search);
        return list([deal]);
      }),
    );
    const router = openApp("/market", null);
    await userEvent.click(await screen.findByRole("radio", { name: "Stems" }));
    await userEvent.click(screen.getByRole("button", { name: "On promotion" }));
    await userEvent.selectOptions(screen.getByRole("combobox", { name: "Price" }), "1000");
    await userEvent.selectOptions(screen.getByRole("combobox", { name: "Sort by" }), "price_low");
    const [field] = screen.getAllByRole("searchbox");
    await userEvent.type(field as HTMLElement, "salt");
    await expect
      .poll(() => router.state.location.search)
      .toBe("?kind=stems&promotion=yes&most=1000&sort=price_low&q=salt");
    await expect.poll(() => asked.at(-1)).toContain("q=salt");
    expect(asked.at(-1)).toContain("kind=stems");
    expect(asked.at(-1)).toContain("on_promotion=true");
    expect(asked.at(-1)).toContain("max_price_minor=1000");
    expect(asked.at(-1)).toContain("sort=price_low");
  });

  it("says that nothing matches, and leads back to everything", async () => {
    server.use(http.get("*/api/v1/marketplace/products", () => list([])));
    openApp("/market?q=nothing", null);
    expect(await screen.findByText(/^Nothing matches/)).toBeVisible();
    expect(screen.getByRole("link", { name: "Show everything" })).toHaveAttribute("href", "/market");
  });

  it("says what failed, and tries again", async () => {
    server.use(http.get("*/api/v1/marketplace/products", () => refuse(problem(503, "unavailable"))));
    openApp("/market", null);
    expect(await screen.findByRole("alert")).toHaveTextContent(/missing a part it needs/);
    server.resetHandlers();
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("link", { name: "Dust and Dial" })).toBeVisible();
  });

  it("goes on by cursor", async () => {
    server.use(
      http.get("*/api/v1/marketplace/products", ({ request }) =>
        new URL(request.url).searchParams.get("cursor") === "next"
          ? list([samples])
          : reply([stems], { next_cursor: "next", ...serverTime() }),
      ),
    );
    openApp("/market", null);
    await userEvent.click(await screen.findByRole("button", { name: "Show more" }));
    expect(await screen.findByRole("link", { name: "Dust and Dial" })).toBeVisible();
    expect(screen.getByRole("link", { name: "Undertow" })).toBeVisible();
  });
});

describe("a heart", () => {
  it("is full at once, and empty again when the server refuses", async () => {
    let answer: (response: Response) => void = () => undefined;
    server.use(
      http.post(
        "*/api/v1/marketplace/wishlist/:id",
        () => new Promise<Response>((resolve) => (answer = resolve)),
      ),
    );
    openApp("/market", "user");
    const heart = await screen.findByRole("button", { name: "Wish for Dust and Dial" });
    await userEvent.click(heart);
    expect(heart).toHaveAttribute("aria-pressed", "true");
    await act(async () => answer(refuse(problem(503, "unavailable"))));
    await expect.poll(() => heart.getAttribute("aria-pressed")).toBe("false");
    expect(screen.getByText(/^Your wishlist is as it was/)).toBeVisible();
  });

  it("stays full when the server agrees", async () => {
    let wished = false;
    server.use(
      http.post("*/api/v1/marketplace/wishlist/:id", () => {
        wished = true;
        return new HttpResponse(null, { status: 204 });
      }),
      http.get("*/api/v1/marketplace/wishlist", () =>
        list(wished ? [{ ...wish, product: { ...samples, wished: true } }] : []),
      ),
    );
    openApp("/market", "user");
    await userEvent.click(await screen.findByRole("button", { name: "Wish for Dust and Dial" }));
    expect(await screen.findByRole("link", { name: "Wishlist 1" })).toBeVisible();
    expect(screen.getByRole("button", { name: "Wish for Dust and Dial" })).toHaveAttribute(
      "aria-pressed",
      "true",
    );
  });

  it("asks a visitor to log in, and leads back", async () => {
    openApp("/market", null);
    expect(await screen.findByRole("link", { name: "Wish for Dust and Dial" })).toHaveAttribute(
      "href",
      "/login?next=%2Fmarket",
    );
  });
});

it("a countdown ends by the server’s clock, not by this device’s", () => {
  vi.useFakeTimers({ now: new Date("2026-11-23T12:00:00Z") });
  try {
    // The device is ten minutes late.
    learnServerTime("2026-11-23T12:10:00Z", Date.now());
    const onEnd = vi.fn();
    renderPart(<Countdown until="2026-11-23T12:10:05Z" onEnd={onEnd} />);
    expect(screen.getByText(/^ends in 5.s$/)).toBeVisible();
    act(() => vi.advanceTimersByTime(3_000));
    expect(screen.getByText(/^ends in 2.s$/)).toBeVisible();
    expect(onEnd).not.toHaveBeenCalled();
    act(() => vi.advanceTimersByTime(2_000));
    expect(screen.getByText("ended")).toBeVisible();
    expect(onEnd).toHaveBeenCalledOnce();
  } finally {
    learnServerTime(new Date().toISOString(), Date.now());
    vi.useRealTimers();
  }
});

describe("a product", () => {
  it("shows what one gets, for how much, and plays its track", async () => {
    openApp(`/market/products/${deal.id}`, "user");
    expect(await screen.findByRole("heading", { name: "Salt Roads" })).toBeVisible();
    expect(screen.getByText("Nine pieces, recorded by the sea.")).toBeVisible();
    expect(screen.getByText("Salt_Roads_FLAC.zip")).toBeVisible();
    expect(await screen.findByRole("button", { name: "Play Salt Roads" })).toBeVisible();
    expect(screen.getByRole("link", { name: "Buy now" })).toHaveAttribute("href", checkoutOf(deal.id));
  });

  it("that one has is not offered again", async () => {
    server.use(
      http.get("*/api/v1/marketplace/products/:id", () =>
        reply({ ...productPage, owned: true }, serverTime()),
      ),
    );
    openApp(`/market/products/${deal.id}`, "user");
    expect(await screen.findByRole("link", { name: "You have it" })).toHaveAttribute(
      "href",
      "/market/purchases",
    );
    expect(screen.queryByRole("link", { name: "Buy now" })).not.toBeInTheDocument();
  });

  it("of one’s own leads to its editor", async () => {
    server.use(http.get("*/api/v1/me", () => reply(account)));
    openApp(`/market/products/${deal.id}`, "creator");
    expect(await screen.findByRole("link", { name: "Edit your product" })).toHaveAttribute(
      "href",
      `/sell/products/${deal.id}`,
    );
    expect(screen.queryByRole("button", { name: "Add to cart" })).not.toBeInTheDocument();
  });

  it("that is archived says so", async () => {
    server.use(
      http.get("*/api/v1/marketplace/products/:id", () =>
        reply({ ...productPage, state: "archived" }, serverTime()),
      ),
    );
    openApp(`/market/products/${deal.id}`, "user");
    expect(await screen.findByText("Not sold any more")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Add to cart" })).not.toBeInTheDocument();
  });

  it("that doesn’t exist says so", async () => {
    server.use(http.get("*/api/v1/marketplace/products/:id", () => refuse(problem(404, "not_found"))));
    openApp("/market/products/nothing", null);
    expect(await screen.findByText(/^This product doesn’t exist/)).toBeVisible();
  });
});

describe("the wishlist", () => {
  it("shows what became cheaper, and lets go of what is wished for no longer", async () => {
    let wished = true;
    server.use(
      http.get("*/api/v1/marketplace/wishlist", () => list(wished ? [wish] : [])),
      http.delete("*/api/v1/marketplace/wishlist/:id", () => {
        wished = false;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    openApp("/market/wishlist", "user");
    expect(await screen.findByText(/3\.90.€ cheaper than when you added it/)).toBeVisible();
    expect(screen.getByText("One has become cheaper.")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Wish for Salt Roads" }));
    expect(await screen.findByText(/^You wish for nothing yet/)).toBeVisible();
  });
});

it("what the server doesn’t let go of stays on the wishlist, and it is said", async () => {
  server.use(
    http.get("*/api/v1/marketplace/wishlist", () => list([wish])),
    http.delete("*/api/v1/marketplace/wishlist/:id", () => refuse(problem(503, "unavailable"))),
  );
  openApp("/market/wishlist", "user");
  await userEvent.click(await screen.findByRole("button", { name: "Wish for Salt Roads" }));
  expect(await screen.findByText(/^Your wishlist is as it was/)).toBeVisible();
  expect(await screen.findByRole("button", { name: "Wish for Salt Roads" })).toBeVisible();
});

describe("the cart", () => {
  it("is split by seller: an order each", async () => {
    for (const { id } of [deal, stems, samples]) addToCart(id);
    openApp("/market/cart", null);
    const odile = await screen.findByRole("region", { name: "Odile M." });
    expect(within(odile).getByRole("link", { name: "Check out" })).toHaveAttribute(
      "href",
      checkoutOf(deal.id, stems.id),
    );
    expect(odile).toHaveTextContent(/Subtotal 11\.99.€/);
    const kelpie = screen.getByRole("region", { name: "Kelpie Audio" });
    expect(within(kelpie).getByRole("link", { name: "Check out" })).toHaveAttribute(
      "href",
      checkoutOf(samples.id),
    );
    expect(screen.getByText(/^2 orders, one for each seller/)).toBeVisible();
    await userEvent.click(within(kelpie).getByRole("button", { name: "Take Dust and Dial out of the cart" }));
    expect(screen.queryByRole("region", { name: "Kelpie Audio" })).not.toBeInTheDocument();
    removeFromCart(deal.id, stems.id);
  });

  it("is empty, and says where to go", async () => {
    openApp("/market/cart", null);
    expect(await screen.findByText("The cart is empty.")).toBeVisible();
  });
});

describe("checkout", () => {
  it("shows sums that can be checked by hand, and names the amount on its button", async () => {
    openApp(checkoutOf(deal.id, stems.id), "user");
    expect(await screen.findByRole("button", { name: /^Pay 14\.39.€$/ })).toBeVisible();
    const sums = screen.getByRole("button", { name: /^Pay/ }).closest("form");
    expect(sums).toHaveTextContent(/Subtotal15\.89.€/);
    expect(sums).toHaveTextContent(/Discount−30.% Salt Roads−3\.90.€/);
    expect(sums).toHaveTextContent(/Net11\.99.€/);
    expect(sums).toHaveTextContent(/Tax 20.%, France1\.82.€ \+ 0\.58.€2\.40.€/);
    expect(sums).toHaveTextContent(/Total14\.39.€/);
    expect(sums).toHaveTextContent("Your connection says France, too");
  });

  it("says when connection and declaration differ", async () => {
    server.use(
      http.post("*/api/v1/marketplace/quotes", () =>
        reply({ ...quote, tax: { ...quote.tax, address_country: "DE", evidence_conflict: true } }),
      ),
    );
    openApp(checkoutOf(deal.id, stems.id), "user");
    expect(
      await screen.findByText(/^Your connection says Germany\. France, which you declare/),
    ).toBeVisible();
  });

  it("orders once and pays, and leads to the files", async () => {
    addToCart(deal.id);
    const keys: (string | null)[] = [];
    let body: unknown;
    server.use(
      http.post("*/api/v1/marketplace/orders", async ({ request }) => {
        keys.push(request.headers.get("Idempotency-Key"));
        body = await request.json();
        return reply(pendingOrder, {}, { status: 201 });
      }),
    );
    const router = openApp(checkoutOf(deal.id, stems.id), "user");
    await userEvent.click(await screen.findByRole("button", { name: /^Pay/ }));
    await expect.poll(() => router.state.location.pathname).toBe(`/market/purchases/${order.id}`);
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(body).toEqual({
      product_ids: [deal.id, stems.id],
      country: "GB",
      expected_total_minor: 1_439,
    });
    expect(screen.getByText("Paid. The files are yours.")).toBeVisible();
    expect(screen.getByRole("link", { name: "Cart, 0 products" })).toBeVisible();
  });

  it("shows the new sum when the price has risen, and orders nothing before it is agreed to", async () => {
    const risen = { ...quote, discount_minor: 0, net_minor: 1_589, tax_minor: 318, total_minor: 1_907 };
    let orders = 0;
    server.use(
      http.post("*/api/v1/marketplace/orders", () => {
        orders += 1;
        return orders === 1
          ? refuse({ ...problem(409, "price_changed"), quote: risen } as never)
          : reply({ ...pendingOrder, total_minor: 1_907 }, {}, { status: 201 });
      }),
    );
    const router = openApp(checkoutOf(deal.id, stems.id), "user");
    await userEvent.click(await screen.findByRole("button", { name: /^Pay 14\.39/ }));
    expect(await screen.findByText(/The price has changed: 14\.39.€ is now 19\.07.€/)).toBeVisible();
    expect(orders).toBe(1);
    await userEvent.click(screen.getByRole("button", { name: /^Pay 19\.07.€$/ }));
    await expect.poll(() => router.state.location.pathname).toBe(`/market/purchases/${order.id}`);
  });

  it("asks anew once its promotion has ended, and says what the sum is now", async () => {
    const ended = {
      ...quote,
      discount_minor: 0,
      net_minor: 1_589,
      tax_minor: 318,
      total_minor: 1_907,
      rises_at: null,
    };
    let asked = 0;
    server.use(
      http.post("*/api/v1/marketplace/quotes", () => {
        asked += 1;
        const times = {
          quoted_at: new Date().toISOString(),
          rises_at: new Date(Date.now() + 1_500).toISOString(),
        };
        return reply(asked === 1 ? { ...quote, ...times } : { ...ended, quoted_at: times.quoted_at });
      }),
    );
    openApp(checkoutOf(deal.id, stems.id), "user");
    expect(await screen.findByRole("button", { name: /^Pay 14\.39.€$/ })).toBeVisible();
    expect(await screen.findByRole("button", { name: /^Pay 19\.07.€$/ })).toBeVisible();
    expect(screen.getByText(/The price has changed: 14\.39.€ is now 19\.07.€/)).toBeVisible();
  });

  it("shows a decline, and pays the same order again", async () => {
    let orders = 0;
    const methods: unknown[] = [];
    server.use(
      http.post("*/api/v1/marketplace/orders", () => {
        orders += 1;
        return reply(pendingOrder, {}, { status: 201 });
      }),
      http.post("*/api/v1/marketplace/orders/:id/pay", async ({ request }) => {
        methods.push(await request.json());
        return methods.length === 1 ? refuse(problem(402, "payment_declined")) : reply(order);
      }),
    );
    const router = openApp(checkoutOf(deal.id, stems.id), "user");
    await userEvent.selectOptions(
      await screen.findByRole("combobox", { name: "Pay with" }),
      "Test card that is declined",
    );
    await userEvent.click(screen.getByRole("button", { name: /^Pay/ }));
    expect(await screen.findByText("The payment was declined.")).toBeVisible();
    expect(screen.getByRole("combobox", { name: "Country for tax" })).toBeDisabled();
    await userEvent.selectOptions(
      screen.getByRole("combobox", { name: "Pay with" }),
      "Test card that is approved",
    );
    await userEvent.click(screen.getByRole("button", { name: /^Pay/ }));
    await expect.poll(() => router.state.location.pathname).toBe(`/market/purchases/${order.id}`);
    expect(orders).toBe(1);
    expect(methods).toEqual([{ method: "decline" }, { method: "approve" }]);
  });

  it("waits for a bank that answers late", async () => {
    server.use(
      http.post("*/api/v1/marketplace/orders/:id/pay", () =>
        reply({ ...pendingOrder, payment: { ...order.payment, state: "started" } }, {}, { status: 202 }),
      ),
    );
    const router = openApp(checkoutOf(deal.id, stems.id), "user");
    await userEvent.click(await screen.findByRole("button", { name: /^Pay/ }));
    await expect.poll(() => router.state.location.pathname).toBe(`/market/purchases/${order.id}`);
  });

  it("says why these can’t be bought, and the way out", async () => {
    server.use(http.post("*/api/v1/marketplace/quotes", () => refuse(problem(409, "already_owned"))));
    openApp(checkoutOf(deal.id, stems.id), "user");
    expect(await screen.findByText("You have bought this before.")).toBeVisible();
    expect(screen.getByRole("link", { name: "To your purchases" })).toBeVisible();
    expect(screen.queryByRole("button", { name: /^Pay/ })).not.toBeInTheDocument();
  });

  it("asks a visitor to log in, and leads back", async () => {
    const router = openApp(checkoutOf(deal.id), null);
    await screen.findByLabelText("E-mail");
    expect(router.state.location.search).toContain("next=%2Fmarket%2Fcheckout");
  });
});

describe("purchases", () => {
  it("open the newest, with its files, their size and SHA-256", async () => {
    openApp("/market/purchases", "user");
    const card = await screen.findByRole("region", { name: "Salt Roads, Undertow" });
    expect(await within(card).findByText("Salt_Roads_FLAC.zip")).toBeVisible();
    expect(card).toHaveTextContent(/412.MB/);
    expect(card).toHaveTextContent(downloads[0]?.sha256 ?? "");
    expect(within(card).getByRole("button", { name: "Download Booklet.pdf" })).toBeVisible();
    expect(screen.getByText("1 order since Nov 2026")).toBeVisible();
  });

  it("that were refunded in full have no files any more", async () => {
    const refunded = { ...order, state: "refunded", refunded_minor: 1_439 };
    server.use(http.get("*/api/v1/marketplace/orders", () => list([refunded])));
    openApp("/market/purchases", "user");
    expect(await screen.findByText(/^The money was given back in full/)).toBeVisible();
  });

  it("say that there are none, and what failed", async () => {
    server.use(http.get("*/api/v1/marketplace/orders", () => list([])));
    openApp("/market/purchases", "user");
    expect(await screen.findByText(/^You have bought nothing yet/)).toBeVisible();
  });
});
