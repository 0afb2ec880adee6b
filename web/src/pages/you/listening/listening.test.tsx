import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import { problem } from "@/mocks/answers";
import { refuse, reply } from "@/mocks/handlers";
import { listening, receipt, summary } from "@/mocks/listening";
import { openApp } from "@/mocks/render";
import { atTheTimeOfTheAnswers, card, queryOf } from "@/mocks/reports";
import { server } from "@/mocks/server";

atTheTimeOfTheAnswers();

/** Answers with another first page. */
function answerWith(changes: Parameters<typeof listening>[1]): void {
  server.use(
    http.get("*/api/v1/me/listening", ({ request }) =>
      HttpResponse.json(listening(queryOf(request), changes)),
    ),
  );
}

describe("your listening", () => {
  it("is told in hours, artists, tracks, a clock of the week and streaks", async () => {
    openApp("/you/listening", "user");
    expect(await screen.findByText("31 h")).toBeVisible();
    for (const [label, number] of [
      ["Plays", "412"],
      ["Artists", "14"],
      ["Tracks", "57"],
      ["Days with music", "88"],
    ] as const) {
      expect(screen.getByText(label, { selector: "span" }).parentElement).toHaveTextContent(number);
    }
    expect(within(await card("Whom most?")).getByText("Odile Marchetti, for 13 h.")).toBeVisible();
    expect(within(await card("What most?")).getByText("Undertow, 41 times.")).toBeVisible();
    const clock = within(await card("When in the week?"));
    expect(clock.getByText("Most often on Friday at 22:00.")).toBeVisible();
    expect(clock.getAllByRole("row")).toHaveLength(8);
    expect(clock.getByTitle("Friday, 22:00: 9 plays")).toBeInTheDocument();
    const streaks = within(await card("Days in a row"));
    expect(streaks.getByText("12 days")).toBeVisible();
    expect(streaks.getByText(/3.*14 Oct 2026/)).toBeVisible();
    expect(
      within(await card("How much, month by month?")).getByText("Most in Nov 2026: 12 h 0 min."),
    ).toBeVisible();
  });

  it("is that of the range in the address, in the account's zone", async () => {
    const asked: URLSearchParams[] = [];
    server.events.on("request:start", ({ request }) => {
      if (new URL(request.url).pathname === "/api/v1/me/listening") asked.push(queryOf(request));
    });
    const router = openApp("/you/listening", "user");
    await userEvent.click(await screen.findByRole("radio", { name: "90 days" }));
    await waitFor(() => expect(router.state.location.search).toBe("?range=90d"));
    await waitFor(() =>
      expect(Object.fromEntries(asked.at(-1) ?? [])).toMatchObject({
        from: "2026-08-26",
        to: "2026-11-24",
        tz: "Europe/Paris",
      }),
    );
  });

  it("goes on to older plays", async () => {
    openApp("/you/listening", "user");
    const plays = within(await card("Your plays"));
    expect(await plays.findByText("Undertow")).toBeVisible();
    await userEvent.click(plays.getByRole("button", { name: "Show older ones" }));
    expect(await plays.findByText("Salt Roads")).toBeVisible();
    expect(plays.queryByRole("button")).not.toBeInTheDocument();
  });

  it.each([
    [
      "nothing was heard",
      { ...summary, total: { plays: 0, heard_ms: 0, tracks: 0, artists: 0, days: 0 } },
      "You listened to nothing in this range.",
    ],
    ["nothing is known yet", { ...summary, total: null }, "Not counted yet."],
  ])("says so where %s; what is stored can be had and erased all the same", async (_, changed, words) => {
    answerWith({ summary: changed, plays: [] });
    openApp("/you/listening", "user");
    expect(await screen.findByText(words)).toBeVisible();
    expect(screen.getByRole("button", { name: "Erase my listening" })).toBeVisible();
  });

  it("that can't be loaded says so, and tries again", async () => {
    server.use(http.get("*/api/v1/me/listening", () => refuse(problem(503, "query_timeout"))));
    openApp("/you/listening", "user");
    expect(await screen.findByText("What you listened to could not be loaded.")).toBeVisible();
    server.resetHandlers();
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("31 h")).toBeVisible();
  });
});

describe("what is stored", () => {
  it.each(["csv", "parquet"] as const)("can be taken along as %s", async (format) => {
    const asked: (string | null)[] = [];
    server.events.on("request:start", ({ request }) => {
      if (request.url.includes("/export")) asked.push(queryOf(request).get("format"));
    });
    vi.stubGlobal(
      "URL",
      Object.assign(URL, { createObjectURL: () => "blob:", revokeObjectURL: () => undefined }),
    );
    const saved = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    openApp("/you/listening", "user");
    const name = format === "csv" ? "Download as CSV" : "Download as Parquet";
    await userEvent.click(await screen.findByRole("button", { name }));
    await waitFor(() => expect(saved).toHaveBeenCalled());
    expect(asked).toEqual([format]);
    expect(saved.mock.contexts[0]).toHaveProperty("download", `veza-listening.${format}`);
  });

  it("is erased only with consent; the receipt is followed until it is done", async () => {
    let state = { ...receipt };
    let erased = 0;
    server.use(
      http.delete("*/api/v1/me/listening", () => {
        erased += 1;
        answerWith({ erasure: receipt });
        return reply(receipt, {}, { status: 202 });
      }),
      http.get("*/api/v1/me/listening/erasures/:id", () => reply(state)),
    );
    openApp("/you/listening", "user");
    await userEvent.click(await screen.findByRole("button", { name: "Erase my listening" }));
    const dialog = within(screen.getByRole("dialog", { name: "Erase your listening?" }));
    const erase = dialog.getByRole("button", { name: "Erase" });
    expect(erase).toBeDisabled();
    await userEvent.click(dialog.getByRole("checkbox"));
    await userEvent.click(erase);
    expect(await screen.findByText("It waits for its turn.")).toBeVisible();
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
    expect(screen.getByText(receipt.id)).toBeVisible();
    expect(erased).toBe(1);

    state = { ...receipt, state: "erased", rows: 1_208 };
    expect(await screen.findByText("Your stored plays are nobody’s any more.")).toBeVisible();
    expect(screen.getByText(/1,208 reports\./)).toBeVisible();
  });

  it("stays when erasing is refused, which is said in the dialog", async () => {
    server.use(http.delete("*/api/v1/me/listening", () => refuse(problem(503, "unavailable"))));
    openApp("/you/listening", "user");
    await userEvent.click(await screen.findByRole("button", { name: "Erase my listening" }));
    const dialog = within(screen.getByRole("dialog"));
    await userEvent.click(dialog.getByRole("checkbox"));
    await userEvent.click(dialog.getByRole("button", { name: "Erase" }));
    expect(await dialog.findByRole("alert")).toHaveTextContent("The server is missing a part it needs.");
    await userEvent.click(dialog.getByRole("button", { name: "Cancel" }));
    expect(screen.queryByText("It waits for its turn.")).not.toBeInTheDocument();
  });
});
