import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { listener, problem } from "@/mocks/answers";
import { refuse, reply } from "@/mocks/handlers";
import { deal, decided, dispute, order, productPage, review, reviewsMeta } from "@/mocks/market";
import { openApp } from "@/mocks/render";
import { server } from "@/mocks/server";

const list = (data: unknown[]) => reply(data, { next_cursor: null });

// Whoever buys here sells nothing.
beforeEach(() => server.use(http.get("*/api/v1/me", () => reply(listener))));

describe("reviews of a product", () => {
  it("show average, histogram, and the seller’s replies", async () => {
    openApp(`/market/products/${deal.id}`, null);
    expect(await screen.findByText("It sounds like the sea.")).toBeVisible();
    expect(screen.getByText("The next one is longer.")).toBeVisible();
    expect(screen.getByText(/replied on 12 Nov 2026/)).toBeVisible();
    expect(screen.getByText("4.0")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Publish" })).not.toBeInTheDocument();
  });

  it("are written once, by whoever has the product", async () => {
    let sent: unknown;
    server.use(
      http.get("*/api/v1/marketplace/products/:id", () =>
        reply({ ...productPage, owned: true }, { server_time: new Date().toISOString() }),
      ),
      http.get("*/api/v1/marketplace/reviews", () => list(sent === undefined ? [] : [review])),
      http.post("*/api/v1/marketplace/reviews", async ({ request }) => {
        sent = await request.json();
        return reply(review, {}, { status: 201 });
      }),
    );
    openApp(`/market/products/${deal.id}`, "user");
    await userEvent.click(await screen.findByRole("button", { name: "Publish" }));
    expect(screen.getByText("Choose one to five stars.")).toBeVisible();
    await userEvent.click(screen.getByRole("radio", { name: "4 stars of 5" }));
    await userEvent.type(screen.getByLabelText(/In your words/), "Like the sea.");
    await userEvent.click(screen.getByRole("button", { name: "Publish" }));
    expect(await screen.findByText("Thank you. Others see it now.")).toBeVisible();
    expect(sent).toEqual({ product_id: deal.id, rating: 4, text: "Like the sea." });
    await expect.poll(() => screen.queryByRole("button", { name: "Publish" })).toBeNull();
  });

  it("say that there are none, and what failed", async () => {
    server.use(
      http.get(
        "*/api/v1/marketplace/products/:id/reviews",
        () => reply([], { ...reviewsMeta, average: null, count: 0 }),
        { once: true },
      ),
    );
    openApp(`/market/products/${deal.id}`, null);
    expect(await screen.findByText("Nobody has said anything yet.")).toBeVisible();
  });
});

describe("an issue with an order", () => {
  it("is reported from the purchase, and its time line stands there", async () => {
    let sent: unknown;
    server.use(
      http.get("*/api/v1/marketplace/disputes", () => list(sent === undefined ? [] : [dispute])),
      http.post("*/api/v1/marketplace/orders/:id/dispute", async ({ request, params }) => {
        expect(params.id).toBe(order.id);
        sent = await request.json();
        return reply(dispute, {}, { status: 201 });
      }),
    );
    openApp("/market/purchases", "user");
    await userEvent.click(await screen.findByRole("button", { name: "Report an issue" }));
    const dialog = screen.getByRole("dialog", { name: "Report an issue" });
    await userEvent.click(within(dialog).getByRole("button", { name: "Report it" }));
    expect(within(dialog).getByLabelText("Tell us more")).toHaveAccessibleDescription(/^Say what is wrong/);
    await userEvent.selectOptions(within(dialog).getByLabelText("What is wrong?"), "A file is corrupt");
    await userEvent.type(within(dialog).getByLabelText("Tell us more"), "Booklet.pdf does not open.");
    await userEvent.click(within(dialog).getByRole("button", { name: "Report it" }));
    expect(await screen.findByText("Seller has answered")).toBeVisible();
    expect(sent).toEqual({ reason: "corrupt_file", details: "Booklet.pdf does not open." });
    const timeline = screen
      .getAllByRole("list")
      .find((element) => element.tagName === "OL" && element.textContent?.includes("Veza"));
    const items = within(timeline as HTMLElement).getAllByRole("listitem");
    expect(items.map(({ textContent }) => textContent)).toEqual([
      expect.stringMatching(/^Veza.*Bought for 14\.39.€\.$/),
      expect.stringMatching(/^Veza.*Downloaded 2 times: Booklet\.pdf$/),
      expect.stringMatching(/^TBYou.*Booklet\.pdf does not open\.Dispute opened\./),
      expect.stringMatching(/^OM.*Odile M\.seller.*I have put it up again\.$/),
      expect.stringMatching(/^Waiting for our decision.*a refund in full \(14\.39.€\), in part, or none\.$/),
    ]);
    expect(screen.queryByRole("button", { name: "Report an issue" })).not.toBeInTheDocument();
  });

  it("is talked about, and can be taken back", async () => {
    const said: unknown[] = [];
    server.use(
      http.get("*/api/v1/marketplace/disputes", () => list([dispute])),
      http.post("*/api/v1/marketplace/disputes/:id/messages", async ({ request }) => {
        said.push(await request.json());
        return reply(dispute, {}, { status: 201 });
      }),
      http.post("*/api/v1/marketplace/disputes/:id/withdraw", () =>
        reply({ ...dispute, status: "withdrawn", actions: [] }),
      ),
    );
    openApp("/market/purchases", "user");
    const field = await screen.findByLabelText("Add something for us and the seller");
    await userEvent.type(field, "It opens now, but page 3 is missing.");
    await userEvent.click(screen.getByRole("button", { name: "Send" }));
    await expect.poll(() => said).toEqual([{ text: "It opens now, but page 3 is missing." }]);
    await expect.poll(() => (field as HTMLTextAreaElement).value).toBe("");
    await userEvent.click(screen.getByRole("button", { name: "Withdraw the dispute" }));
    expect(await screen.findByText("The dispute is withdrawn.")).toBeVisible();
  });

  it("that was decided says how and why, and what came back", async () => {
    server.use(
      http.get("*/api/v1/marketplace/orders", () =>
        list([{ ...order, state: "partially_refunded", refunded_minor: 400 }]),
      ),
      http.get("*/api/v1/marketplace/disputes", () => list([decided])),
      http.get("*/api/v1/marketplace/disputes/:id", () => reply(decided)),
    );
    openApp("/market/purchases", "user");
    expect(await screen.findByText(/^Decided: refunded in part, 4\.00.€\.$/)).toBeVisible();
    expect(screen.getByText("The booklet is missing.")).toBeVisible();
    expect(screen.getByText("Refunded in part")).toBeVisible();
    expect(screen.queryByText(/^Waiting/)).not.toBeInTheDocument();
    // What is left can be reported again.
    expect(screen.getByRole("button", { name: "Report an issue" })).toBeVisible();
  });

  it("says why it can’t be reported", async () => {
    server.use(
      http.post("*/api/v1/marketplace/orders/:id/dispute", () => refuse(problem(409, "dispute_period_over"))),
    );
    openApp("/market/purchases", "user");
    await userEvent.click(await screen.findByRole("button", { name: "Report an issue" }));
    await userEvent.type(screen.getByLabelText("Tell us more"), "Too late");
    await userEvent.click(screen.getByRole("button", { name: "Report it" }));
    expect(await screen.findByText(/^Issues are reported within 30 days/)).toBeVisible();
  });
});
