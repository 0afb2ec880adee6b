import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import { describe, expect, it, vi } from "vitest";
import { live } from "@/mocks/analytics";
import { problem } from "@/mocks/answers";
import { refuse } from "@/mocks/handlers";
import { openApp } from "@/mocks/render";
import { answer, asked, atTheTimeOfTheAnswers, card } from "@/mocks/reports";
import { server } from "@/mocks/server";

atTheTimeOfTheAnswers();

const minutes = async () => within(await card("What is heard right now?"));

describe("live", () => {
  it("shows the last minutes, how many listen, and the tracks", async () => {
    openApp("/analytics/live?tz=Europe/Paris", "creator");
    const now = await minutes();
    expect(await now.findByText("30 plays in the last half hour; most at 13:53: 2.")).toBeVisible();
    expect(now.getByText(/^As of 14:20:08;/)).toBeVisible();
    const bars = within(now.getByRole("img", { name: "Plays by minute, the last 30" }));
    expect(bars.getByTitle("13:53, 2 plays")).toBeInTheDocument();
    expect(bars.getByTitle("14:20, 2 plays, not finished")).toBeInTheDocument();
    const tracks = within(await card("Which tracks?"));
    expect(tracks.getByRole("row", { name: /Undertow.*70\.0.*21/ })).toBeVisible();
    expect(tracks.getByRole("row", { name: /Other tracks.*3/ })).toBeVisible();
  });

  it("opens the plays received in the minutes behind a number", async () => {
    const queries = asked("plays");
    openApp("/analytics/live?tz=Europe/Paris", "creator");
    const shown = await minutes();
    await userEvent.click(
      await shown.findByRole("link", { name: "30: show the plays received since 13:50" }),
    );
    await screen.findByRole("dialog", { name: "Counted plays" });
    expect(Object.fromEntries(queries[0] ?? [])).toMatchObject({
      received_from: "2026-11-23T12:50:08.000Z",
      received_to: "2026-11-23T13:20:08.000Z",
      from: "2026-11-22T13:20:08.000Z",
      to: "2026-11-23T13:35:08.000Z",
    });
  });

  it("ticks", async () => {
    const queries = asked("live");
    openApp("/analytics/live", "creator");
    await waitFor(() => expect(queries.length).toBeGreaterThan(2), { timeout: 5_000 });
  });

  it("pauses while the page is hidden, and goes on when it is seen again", async () => {
    const visibility = vi.spyOn(document, "visibilityState", "get").mockReturnValue("visible");
    const queries = asked("live");
    openApp("/analytics/live", "creator");
    await minutes();
    visibility.mockReturnValue("hidden");
    document.dispatchEvent(new Event("visibilitychange"));
    const asHidden = queries.length;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(queries.length).toBeLessThanOrEqual(asHidden + 1);
    visibility.mockReturnValue("visible");
    document.dispatchEvent(new Event("visibilitychange"));
    await waitFor(() => expect(queries.length).toBeGreaterThan(asHidden + 2), { timeout: 5_000 });
  });

  it("draws a minute that isn't known as such, not as 0", async () => {
    const [first, ...others] = live.minutes;
    answer("live", () => ({ ...live, minutes: [{ ...first, plays: null, complete: false }, ...others] }));
    openApp("/analytics/live?tz=Europe/Paris", "creator");
    const now = await minutes();
    expect(await now.findByTitle("13:51, not known, not finished")).toBeInTheDocument();
    await userEvent.click(now.getByRole("button", { name: "Show as a table" }));
    expect(now.getByRole("row", { name: /^13:51/ })).toHaveTextContent("–");
  });

  it("says that nothing is heard, and how to be heard", async () => {
    const none = { plays: 0, listeners: 0 };
    const silent = live.minutes.map((minute) => Object.assign({}, minute, { plays: 0 }));
    answer("live", () => ({ ...live, minutes: silent, last_5: none, last_30: none, tracks: [] }));
    openApp("/analytics/live", "creator");
    expect(await (await minutes()).findByText("Nothing was heard in the last half hour.")).toBeVisible();
    expect(await within(await card("Which tracks?")).findByText(/data-veza-track/)).toBeVisible();
  });

  it("that fails says so, and takes what comes next", async () => {
    server.use(http.get("*/api/v1/analytics/live", () => refuse(problem(503, "unavailable"))));
    openApp("/analytics/live", "creator");
    expect(await screen.findAllByText("What is heard right now could not be loaded.")).toHaveLength(2);
    expect(screen.getByText("No live count")).toBeVisible();
    server.resetHandlers();
    expect(await (await minutes()).findByText(/30 plays in the last half hour/)).toBeVisible();
  });
});
