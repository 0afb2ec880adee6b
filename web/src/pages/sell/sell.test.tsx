import { fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import { upload } from "@/api/upload";
import { problem } from "@/mocks/answers";
import { refuse, reply } from "@/mocks/handlers";
import { dispute, productPage, promotions, review, stems, unanswered } from "@/mocks/market";
import { openApp } from "@/mocks/render";
import { server } from "@/mocks/server";
import { discounted } from "./promotions/PromotionDialog";

vi.mock(import("@/api/upload"), async (original) => ({
  ...(await original()),
  upload: vi.fn<typeof upload>(),
}));

const serverTime = { server_time: "2026-11-23T14:00:00Z" };
const list = (data: unknown[]) => reply(data, { next_cursor: null, ...serverTime });
const draft = { ...productPage, state: "draft", published_at: null, promotion: null, files: [] };

describe("products", () => {
  it("have price, sales, wishes and rating", async () => {
    openApp("/sell", "creator");
    const row = await screen.findByRole("row", { name: /Salt Roads/ });
    expect(row).toHaveTextContent(/9\.09.€/);
    expect(row).toHaveTextContent("86");
    expect(row).toHaveTextContent("12");
    expect(row).toHaveTextContent("4.7");
    expect(within(screen.getByRole("row", { name: /Night Ferry/ })).getByText("Draft")).toBeVisible();
    expect(screen.getByText("3 products, of which 1 not published yet.")).toBeVisible();
  });

  it("say why there are none, and what to do", async () => {
    server.use(http.get("*/api/v1/marketplace/selling", () => list([])));
    openApp("/sell", "creator");
    expect(await screen.findByText("No products yet.")).toBeVisible();
    expect(screen.getByRole("link", { name: "Add your first product" })).toHaveAttribute("href", "/sell/new");
  });

  it("say what failed, and try again", async () => {
    server.use(http.get("*/api/v1/marketplace/selling", () => refuse(problem(503, "unavailable"))));
    openApp("/sell", "creator");
    expect(await screen.findByText("Your products could not be loaded.")).toBeVisible();
    server.resetHandlers();
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("row", { name: /Salt Roads/ })).toBeVisible();
  });

  it("are a creator’s alone", async () => {
    openApp("/sell", "user");
    expect(await screen.findByRole("heading", { name: "Not for this account" })).toBeVisible();
  });
});

describe("a new product", () => {
  it("begins as a draft, its price in whole cents", async () => {
    let sent: unknown;
    server.use(
      http.post("*/api/v1/marketplace/products", async ({ request }) => {
        sent = await request.json();
        return reply(draft, serverTime, { status: 201 });
      }),
    );
    const router = openApp("/sell/new", "creator");
    await userEvent.type(await screen.findByLabelText("Title"), "Night Ferry");
    await userEvent.selectOptions(screen.getByLabelText("Kind"), "Stems");
    await userEvent.type(screen.getByLabelText("Price in EUR"), "0,29");
    await userEvent.click(screen.getByRole("button", { name: "Make the draft" }));
    await expect.poll(() => router.state.location.pathname).toBe(`/sell/products/${draft.id}`);
    expect(sent).toEqual({
      title: "Night Ferry",
      kind: "stems",
      price_minor: 29,
      track_id: null,
      description: "",
    });
  });

  it("asks for what is missing", async () => {
    openApp("/sell/new", "creator");
    await userEvent.type(await screen.findByLabelText("Price in EUR"), "cheap");
    await userEvent.click(screen.getByRole("button", { name: "Make the draft" }));
    expect(screen.getByLabelText("Title")).toHaveAccessibleDescription("Give it a title.");
    expect(screen.getByLabelText("Price in EUR")).toHaveAccessibleDescription(/^Write an amount/);
  });
});

describe("a draft", () => {
  it("is published once it has a file, which goes to the store itself", async () => {
    vi.mocked(upload).mockImplementation((_file, _put, { onProgress }) => {
      onProgress(0.5);
      return Promise.resolve();
    });
    let product: object = draft;
    const sent: unknown[] = [];
    server.use(
      http.get("*/api/v1/marketplace/products/:id", () => reply(product, serverTime)),
      http.post("*/api/v1/marketplace/products/:id/files", async ({ request }) => {
        sent.push(await request.json());
        const put = { method: "PUT", url: "http://objects.test/put", headers: {}, expires_at: "" };
        return reply({ file: "f1", put }, {}, { status: 201 });
      }),
      http.post("*/api/v1/marketplace/products/:id/files/f1/complete", () => {
        product = { ...draft, files: productPage.files };
        return reply(productPage.files[0]);
      }),
      http.patch("*/api/v1/marketplace/products/:id", async ({ request }) => {
        sent.push(await request.json());
        product = { ...draft, files: productPage.files, state: "published" };
        return reply(product, serverTime);
      }),
    );
    openApp(`/sell/products/${draft.id}`, "creator");
    expect(await screen.findByRole("button", { name: "Publish" })).toBeDisabled();
    const file = new File(["zip"], "Stems.zip", { type: "" });
    await userEvent.upload(screen.getByLabelText("Choose files"), file);
    expect(await screen.findByText("Stems.zip is there.")).toBeVisible();
    expect(await screen.findByText("Salt_Roads_FLAC.zip")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Publish" }));
    expect(await screen.findByText("“Salt Roads” is for sale.")).toBeVisible();
    expect(sent).toEqual([
      { name: "Stems.zip", size: 3, type: "application/octet-stream" },
      { state: "published" },
    ]);
  });

  it("of someone else is not found", async () => {
    server.use(
      http.get("*/api/v1/marketplace/products/:id", () =>
        reply({ ...productPage, seller_id: 8 }, serverTime),
      ),
    );
    openApp(`/sell/products/${draft.id}`, "creator");
    expect(await screen.findByRole("heading", { name: "Not found" })).toBeVisible();
  });
});

it("archiving asks first, since there is no way back", async () => {
  let sent: unknown;
  server.use(
    http.patch("*/api/v1/marketplace/products/:id", async ({ request }) => {
      sent = await request.json();
      return reply({ ...productPage, state: "archived" }, serverTime);
    }),
  );
  openApp(`/sell/products/${productPage.id}`, "creator");
  await userEvent.click(await screen.findByRole("button", { name: "Archive" }));
  const dialog = screen.getByRole("dialog", { name: "Archive Salt Roads?" });
  expect(sent).toBeUndefined();
  await userEvent.click(within(dialog).getByRole("button", { name: "Archive" }));
  expect(await screen.findByText("“Salt Roads” is not sold any more.")).toBeVisible();
  expect(sent).toEqual({ state: "archived" });
});

describe("a promotion", () => {
  const hour = 3_600_000;
  const [, first] = promotions;
  const movable = () => screen.findByRole("button", { name: /^Undertow −20.%/ });

  it("is moved by keys, but never over its neighbour", async () => {
    let sent: Record<string, string> = {};
    server.use(
      http.patch("*/api/v1/marketplace/promotions/:id", async ({ request }) => {
        sent = (await request.json()) as typeof sent;
        return reply({ ...first, ...sent });
      }),
    );
    openApp("/sell/promotions", "creator");
    const bar = await movable();
    bar.focus();
    // Three hours are free before the next one begins: a day is too much.
    await userEvent.keyboard("{PageDown}");
    await expect.poll(() => sent.starts_at).toBeDefined();
    expect(Date.parse(sent.starts_at ?? "")).toBe(Date.parse(first?.starts_at ?? "") + 3 * hour);
    expect(sent.ends_at).toBe(promotions[2]?.starts_at);
  });

  it("is dragged with the pointer, and put back when the server refuses", async () => {
    let sent: Record<string, string> = {};
    server.use(
      http.patch("*/api/v1/marketplace/promotions/:id", async ({ request }) => {
        sent = (await request.json()) as typeof sent;
        return refuse(problem(409, "promotion_overlap"));
      }),
    );
    vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(28 * 24);
    HTMLElement.prototype.setPointerCapture = () => undefined;
    openApp("/sell/promotions", "creator");
    const bar = await movable();
    const before = bar.getAttribute("aria-label");
    // A pixel is an hour here.
    fireEvent.pointerDown(bar, { button: 0, pointerId: 1, clientX: 100 });
    fireEvent.pointerMove(bar, { pointerId: 1, clientX: 90 });
    fireEvent.pointerUp(bar, { pointerId: 1, clientX: 90 });
    await expect.poll(() => sent.starts_at).toBeDefined();
    expect(Date.parse(sent.starts_at ?? "")).toBe(Date.parse(first?.starts_at ?? "") - 10 * hour);
    expect(await screen.findByText(/^Another promotion of this product/)).toBeVisible();
    expect((await movable()).getAttribute("aria-label")).toBe(before);
  });

  it("that runs can only be ended", async () => {
    let ended = false;
    server.use(
      http.delete("*/api/v1/marketplace/promotions/:id", () => {
        ended = true;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    openApp("/sell/promotions", "creator");
    await userEvent.click(await screen.findByRole("button", { name: /^Salt Roads −30.%/ }));
    const dialog = screen.getByRole("dialog", { name: "Salt Roads" });
    expect(within(dialog).queryByLabelText("Discount in percent")).not.toBeInTheDocument();
    await userEvent.click(within(dialog).getByRole("button", { name: "End it now" }));
    await expect.poll(() => ended).toBe(true);
  });

  it("is planned by a form that says what it will cost, in the account’s zone", async () => {
    let sent: unknown;
    server.use(
      http.post("*/api/v1/marketplace/promotions", async ({ request }) => {
        sent = await request.json();
        return reply(first, {}, { status: 201 });
      }),
    );
    openApp("/sell/promotions", "creator");
    await userEvent.click(await screen.findByRole("button", { name: "New promotion of Undertow" }));
    const dialog = screen.getByRole("dialog", { name: "New promotion" });
    const percent = within(dialog).getByLabelText("Discount in percent");
    await userEvent.clear(percent);
    await userEvent.type(percent, "29");
    expect(percent).toHaveAccessibleDescription(/^2\.90.€ becomes 2\.06.€/);
    fireEvent.change(within(dialog).getByLabelText(/^Starts/), { target: { value: "2031-01-15T18:00" } });
    fireEvent.change(within(dialog).getByLabelText("Ends"), { target: { value: "2031-01-14T18:00" } });
    await userEvent.click(within(dialog).getByRole("button", { name: "Plan it" }));
    expect(within(dialog).getByLabelText("Ends")).toHaveAccessibleDescription(/^It must end after/);
    fireEvent.change(within(dialog).getByLabelText("Ends"), { target: { value: "2031-01-16T18:00" } });
    await userEvent.click(within(dialog).getByRole("button", { name: "Plan it" }));
    expect(await screen.findByText("The promotion is planned.")).toBeVisible();
    expect(sent).toEqual({
      product_id: stems.id,
      discount_percent: 29,
      starts_at: "2031-01-15T17:00:00.000Z",
      ends_at: "2031-01-16T17:00:00.000Z",
    });
  });

  it("costs what the API will ask: 750 at 29 % is 218 off", () => {
    expect(discounted(750, 29)).toBe(750 - 218);
    expect(discounted(1_299, 30)).toBe(909);
    expect(discounted(1, 50)).toBe(0);
  });
});

it("sales show what came in, without tax and what was refunded", async () => {
  openApp("/sell/sales", "creator");
  const row = await screen.findByRole("row", { name: /Salt Roads/ });
  expect(row).toHaveTextContent("France");
  expect(row).toHaveTextContent(/−1\.20.€/);
  expect(row).toHaveTextContent(/8\.09.€/);
});

it("sales say that there are none", async () => {
  server.use(http.get("*/api/v1/marketplace/sales", () => list([])));
  openApp("/sell/sales", "creator");
  expect(await screen.findByText("Nothing was sold yet.")).toBeVisible();
});

it("demand shows wishes per product", async () => {
  openApp("/sell/demand", "creator");
  expect(await screen.findByText("12 wishes.")).toBeVisible();
  expect(screen.getByRole("row", { name: /Salt Roads/ })).toHaveTextContent("4");
});

describe("reviews of what one sells", () => {
  it("are those without a reply first, and get one, once", async () => {
    let sent: unknown;
    server.use(
      http.post("*/api/v1/marketplace/reviews/:id/reply", async ({ request }) => {
        sent = await request.json();
        return reply({ ...review, reply: "Thank you." }, {}, { status: 201 });
      }),
    );
    openApp("/sell/reviews", "creator");
    expect(await screen.findByText("One without a reply.")).toBeVisible();
    const [first] = screen.getAllByRole("article");
    expect(first).toHaveTextContent("It sounds like the sea.");
    await userEvent.type(screen.getByLabelText("Reply to Ada Novak"), "Thank you.");
    await userEvent.click(screen.getByRole("button", { name: "Reply" }));
    expect(await screen.findByText("Your reply is on the product’s page.")).toBeVisible();
    expect(sent).toEqual({ text: "Thank you." });
    expect(screen.queryByLabelText("Reply to Ben Okoro")).not.toBeInTheDocument();
  });

  it("say that there are none", async () => {
    server.use(http.get("*/api/v1/marketplace/reviews", () => list([])));
    openApp("/sell/reviews", "creator");
    expect(await screen.findByText("No reviews yet.")).toBeVisible();
  });
});

describe("disputes of what one sold", () => {
  it("are those to answer first, and open; the first thing said is the answer", async () => {
    const sent: unknown[] = [];
    const answered = { ...unanswered, status: "seller_responded", responded_at: "2026-11-10T08:15:00Z" };
    server.use(
      http.get("*/api/v1/marketplace/disputes", () =>
        list([
          { ...dispute, id: "older", titles: ["Night Ferry"] },
          sent.length === 0 ? unanswered : answered,
        ]),
      ),
      http.get("*/api/v1/marketplace/disputes/:id", () => reply(unanswered)),
      http.post("*/api/v1/marketplace/disputes/:id/respond", async ({ request }) => {
        sent.push(await request.json());
        return reply({ ...answered, actions: ["message"] }, {}, { status: 201 });
      }),
    );
    openApp("/sell/disputes", "creator");
    expect(await screen.findByText("One waits for your answer.")).toBeVisible();
    const [first] = screen.getAllByRole("link", { name: /Salt Roads|Night Ferry/ });
    expect(first).toHaveTextContent("Salt Roads, Undertow");
    expect(await screen.findByText("Waiting for the seller’s answer")).toBeVisible();
    await userEvent.type(screen.getByLabelText("Your answer to the buyer and to us"), "I put it up again.");
    await userEvent.click(screen.getByRole("button", { name: "Answer" }));
    await expect.poll(() => sent).toEqual([{ text: "I put it up again." }]);
    expect(await screen.findByText("None waits for your answer.")).toBeVisible();
  });

  it("say that there are none, and what failed", async () => {
    openApp("/sell/disputes", "creator");
    expect(await screen.findByText("No disputes.")).toBeVisible();
  });
});
