import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import { describe, expect, it } from "vitest";
import { excluded } from "@/mocks/analytics";
import { problem } from "@/mocks/answers";
import { refuse } from "@/mocks/handlers";
import { openApp } from "@/mocks/render";
import { answer, asked, atTheTimeOfTheAnswers, card } from "@/mocks/reports";
import { server } from "@/mocks/server";

atTheTimeOfTheAnswers();

const balance = async () => within(await card("Is every report accounted for?"));

describe("the balance", () => {
  it("is an equation over a bar to scale", async () => {
    openApp("/analytics/excluded", "creator");
    const shown = await balance();
    for (const name of [
      "Received: show 15,000 reports",
      "Counted: show 12,408 reports",
      "Continued: show 1,500 reports",
      "Excluded: show 1,000 reports",
      "Sent twice: show 92 reports",
    ]) {
      expect(await shown.findByRole("link", { name })).toBeVisible();
    }
    expect(shown.getByText("difference 0")).toBeVisible();
    const parts = [...document.querySelectorAll<HTMLElement>("[data-outcome]")];
    expect(parts.map(({ dataset, style }) => [dataset.outcome, style.flexGrow])).toEqual([
      ["counted", "12408"],
      ["continued", "1500"],
      ["excluded", "1000"],
      ["duplicate", "92"],
    ]);
  });

  it("that doesn't add up says how many are missing", async () => {
    answer("excluded", () => ({ ...excluded, received: 15_003 }));
    openApp("/analytics/excluded", "creator");
    expect(await (await balance()).findByText(/^No: 3 of them are missing\./)).toBeVisible();
  });

  it("opens the reports behind each number", async () => {
    const queries = asked("plays");
    openApp("/analytics/excluded", "creator");
    await userEvent.click(await (await balance()).findByRole("link", { name: /^Sent twice/ }));
    expect(await screen.findByRole("dialog", { name: "Reports that were sent twice" })).toBeVisible();
    expect(queries[0]?.getAll("outcome")).toEqual(["duplicate"]);
  });

  it.each([
    [
      "nothing came in",
      () => ({ ...excluded, received: 0, counted: 0, continued: 0, excluded: 0, duplicate: 0 }),
      /press play once/,
    ],
    ["nothing is known yet", () => ({ ...excluded, received: null }), "Not counted yet."],
  ] as const)("says so when %s", async (_, data, text) => {
    answer("excluded", data);
    openApp("/analytics/excluded", "creator");
    expect(await (await balance()).findByText(text)).toBeVisible();
  });
});

describe("the reasons", () => {
  it("come with their shares, and open their reports", async () => {
    const queries = asked("plays");
    openApp("/analytics/excluded", "creator");
    const why = within(await card("Why do some not count?"));
    expect(await why.findByText("62 % of those excluded: too short.")).toBeVisible();
    await userEvent.click(why.getByRole("link", { name: "bot" }));
    const drawer = await screen.findByRole("dialog", { name: "Reports that don’t count" });
    expect(within(drawer).getByText(/^bot · /)).toBeVisible();
    await waitFor(() => expect(queries[0]?.getAll("reason")).toEqual(["bot"]));
    expect(queries[0]?.getAll("outcome")).toEqual(["excluded"]);
  });

  it("fail together with the balance, while the rule stays", async () => {
    server.use(http.get("*/api/v1/analytics/excluded", () => refuse(problem(503, "unavailable"))));
    openApp("/analytics/excluded", "creator");
    expect(await screen.findAllByText("The balance could not be loaded.")).toHaveLength(2);
    expect(within(await card("How is it judged?")).getByText("A declared bot listened.")).toBeVisible();
  });
});
