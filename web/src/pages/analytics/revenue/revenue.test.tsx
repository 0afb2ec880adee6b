import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import type { components } from "@/api/schema";
import { compare } from "@/mocks/analytics";
import { problem } from "@/mocks/answers";
import { refuse } from "@/mocks/handlers";
import { openApp } from "@/mocks/render";
import { answer, asked, atTheTimeOfTheAnswers, card, queryOf } from "@/mocks/reports";
import { nothingSold, projection, projectionMeta } from "@/mocks/revenue";
import { server } from "@/mocks/server";

atTheTimeOfTheAnswers();

const panel = async () => within(await card("What will it earn?"));
const open = (search = "") => openApp(`/analytics/revenue?tz=Europe/Paris${search}`, "creator");

function answerWith(data: components["schemas"]["RevenueProjection"]): void {
  server.use(
    http.get("*/api/v1/analytics/revenue/projection", ({ request }) =>
      HttpResponse.json({ data, meta: projectionMeta(queryOf(request)) }),
    ),
  );
}

describe("revenue", () => {
  it("tells four totals in words: what was, and what the next 30, 60 and 90 days may bring", async () => {
    open();
    const shown = await panel();
    expect(await shown.findByText("Last 90 days")).toBeVisible();
    for (const [total, words] of [
      ["1,408.62 €", "Between 1,205.82 € and 1,611.41 €, with 95 % certainty."],
      ["3,006.33 €", "Between 2,569.36 € and 3,443.30 €, with 95 % certainty."],
      ["4,793.15 €", "Between 4,048.03 € and 5,538.27 €, with 95 % certainty."],
    ] as const) {
      expect(shown.getByText(total)).toBeVisible();
      expect(shown.getByText(words)).toBeVisible();
    }
    expect(shown.getByText("until 22 Dec 2026")).toBeVisible();
    expect(shown.getByText("Today isn’t finished and doesn’t count yet.")).toBeVisible();
    expect(screen.getByText(/^A total is surer than a day/)).toBeVisible();
    expect(within(await card("How is it reckoned?")).getByText("2 of 90")).toBeVisible();
    expect(
      within(await card("What did each month bring?")).getByText("Oct 2026 is the best complete month."),
    ).toBeVisible();
  });

  it("draws bars, the line through them, and dashed where it leads", async () => {
    open();
    await (await panel()).findByText("Last 90 days");
    const chart = document.querySelector(".recharts-wrapper");
    expect(chart?.querySelectorAll(".recharts-bar-rectangle path").length).toBe(88);
    const lines = [...(chart?.querySelectorAll(".recharts-line-curve") ?? [])];
    expect(lines.map((path) => path.getAttribute("stroke-dasharray"))).toEqual([null, "6 4"]);
    // Two days without a sale, and the marks at 30, 60 and 90 days.
    expect(chart?.querySelectorAll(".recharts-reference-dot").length).toBe(2 + 3);
    expect(screen.getByText("90 complete days")).toBeInTheDocument();
    expect(screen.getByText("Projection, from today")).toBeInTheDocument();
  });

  it("is a table, too", async () => {
    open();
    const shown = await card("What will it earn?");
    await userEvent.click(await within(shown).findByRole("button", { name: "Show as a table" }));
    // By role, so many rows take jsdom half a minute.
    const rows = [...shown.querySelectorAll("tbody tr")];
    expect(rows).toHaveLength(180);
    expect(rows[89]).toHaveTextContent(/^22 Nov 2026[\d.,]+ €/);
    expect(rows[90]).toHaveTextContent(/^23 Nov 2026–/);
  });

  it("with too few days has words for it, and the day from which there is a projection", async () => {
    answerWith(projection(11));
    open();
    const shown = await panel();
    expect(await shown.findByText("Not enough data yet: 11 of 14 days.")).toBeVisible();
    expect(shown.getByText(/You have 11 days, 11 of them with sales: [\d.,]+ € so far\./)).toBeVisible();
    expect(shown.getByText("First projection on Thu 26 Nov.")).toBeVisible();
    expect(shown.getByRole("img", { name: "The days so far; 3 are missing" })).toBeVisible();
    expect(screen.queryByRole("region", { name: "What may come?" })).not.toBeInTheDocument();
  });

  it("with days enough, but too few with sales, says how many more", async () => {
    const days = projection(90)
      .days.slice(0, 20)
      .map((day, index) => Object.assign({}, day, { net_minor: index < 3 ? 900 : 0 }));
    answerWith({ ...projection(11), n: 20, days, net_minor: 2_700 });
    open();
    expect(await (await panel()).findByText("First projection after 2 more days with sales.")).toBeVisible();
  });

  it("without a sale is no 0, but says what to do", async () => {
    answerWith(nothingSold);
    open();
    const shown = await panel();
    expect(await shown.findByText("Nothing has been sold yet.")).toBeVisible();
    expect(shown.getByRole("link", { name: "To Sell" })).toBeVisible();
  });

  it("says where 0 is told instead of what the line gives", async () => {
    const falling = projection();
    const [first, ...others] = falling.projections;
    if (first === undefined) throw new Error("there are three");
    answerWith({ ...falling, projections: [{ ...first, low_minor: 0, clamped: true }, ...others] });
    open();
    expect(
      await (await panel()).findByText(/Where the line or a limit falls below 0, 0 is told instead\./),
    ).toBeVisible();
  });

  it("can't be told under filters that it knows nothing of", async () => {
    const router = open("&country=FR");
    const shown = await panel();
    expect(await shown.findByText("Revenue can’t be told under these filters.")).toBeVisible();
    await userEvent.click(shown.getByRole("link", { name: "Show without filters" }));
    await waitFor(() => expect(router.state.location.search).toBe("?tz=Europe%2FParis"));
  });

  it("is of one currency, which is in the address", async () => {
    const queries = asked("revenue/projection");
    const router = open();
    await userEvent.selectOptions(await screen.findByLabelText("Currency"), "USD");
    await waitFor(() => expect(router.state.location.search).toContain("currency=USD"));
    await waitFor(() => expect(queries.at(-1)?.get("currency")).toBe("USD"));
    expect((await screen.findAllByText(/\$/)).length).toBeGreaterThan(3);
  });

  it("that can't be loaded says so, while the months stay", async () => {
    server.use(http.get("*/api/v1/analytics/revenue/projection", () => refuse(problem(503, "unavailable"))));
    open();
    const shown = await panel();
    expect(await shown.findByText("The revenue could not be loaded.")).toBeVisible();
    expect(
      await within(await card("What did each month bring?")).findByRole("row", { name: /Oct 2026/ }),
    ).toBeVisible();
    server.resetHandlers();
    await userEvent.click(shown.getByRole("button", { name: "Try again" }));
    expect(await shown.findByText("Last 90 days")).toBeVisible();
  });
});

it("a comparison has revenue as an amount, and its change in words", async () => {
  answer("compare", (query) => {
    const data = compare(query);
    return {
      ...data,
      currency: "EUR",
      period1: { ...data.period1, revenue_minor: 96_707 },
      period2: { ...data.period2, revenue_minor: 114_694 },
      change: { ...data.change, revenue_minor: 0.186 },
    };
  });
  openApp(
    "/analytics/comparison?tz=Europe/Paris&from=2026-10-26&to=2026-11-22&before_from=2026-09-28&before_to=2026-10-25",
    "creator",
  );
  const row = await within(await card("What changed?")).findByRole("row", { name: /^Net revenue/ });
  for (const words of ["967.07 €", "1,146.94 €", "+19 %", "179.87 € more than in period 1"]) {
    expect(row).toHaveTextContent(words);
  }
});
