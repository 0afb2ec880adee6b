import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import { describe, expect, it, vi } from "vitest";
import { compare, geography, tracks } from "@/mocks/analytics";
import { problem } from "@/mocks/answers";
import { refuse } from "@/mocks/handlers";
import { openApp } from "@/mocks/render";
import { answer, asked, atTheTimeOfTheAnswers, card } from "@/mocks/reports";
import { server } from "@/mocks/server";

atTheTimeOfTheAnswers();

/** Four whole weeks each, over the end of summer time. */
const weeks = "tz=Europe/Paris&from=2026-10-26&to=2026-11-22&before_from=2026-09-28&before_to=2026-10-25";
const open = (search: string) => openApp(`/analytics/comparison?${search}`, "creator");

describe("a comparison", () => {
  it("has four figures of two periods, with the change as a fraction and in words", async () => {
    open(weeks);
    const figures = within(await card("What changed?"));
    const row = await figures.findByRole("row", { name: /^Plays/ });
    const data = compare(
      new URLSearchParams({
        tz: "Europe/Paris",
        period1_start: "2026-09-28",
        period1_end: "2026-10-26",
        period2_start: "2026-10-26",
        period2_end: "2026-11-23",
      }),
    );
    const [first, second] = [data.period1.plays ?? 0, data.period2.plays ?? 0];
    expect(row).toHaveTextContent(first.toLocaleString("en-GB"));
    expect(row).toHaveTextContent(second.toLocaleString("en-GB"));
    expect(row).toHaveTextContent(
      `${Math.abs(second - first).toLocaleString("en-GB")} plays more than in period 1`,
    );
    expect(figures.getByRole("row", { name: /^New followers/ })).toHaveTextContent(
      "27 followers more than in period 1",
    );
  });

  it("has words, not a 0, for what isn't known", async () => {
    open(weeks);
    const figures = within(await card("What changed?"));
    const row = await figures.findByRole("row", { name: /^Net revenue/ });
    expect(row).toHaveTextContent("nothing sold yet");
    expect(row).not.toHaveTextContent("0");
  });

  it("says that the clocks changed, and on which weekdays both begin", async () => {
    open(weeks);
    const figures = within(await card("What changed?"));
    expect(
      await figures.findByText(
        "Both periods begin on a Monday. On 25 Oct the clocks went back: that day of Period 1 has 25 hours.",
      ),
    ).toBeVisible();
  });

  it("tells the change by the day where one period is longer", async () => {
    open("tz=UTC&from=2026-10-01&to=2026-10-31&before_from=2026-09-01&before_to=2026-09-07");
    const figures = within(await card("What changed?"));
    expect(
      await figures.findByText(/Period 1 has 7 days, period 2 31: the change is told by the day\./),
    ).toBeVisible();
    expect(figures.getAllByText(/^a day \d+, in period 1 \d+$/).length).toBeGreaterThan(1);
  });

  it("of a running period says until when both are counted", async () => {
    const queries = asked("compare");
    open("tz=Europe/Paris&range=7d");
    const figures = within(await card("What changed?"));
    expect(
      await figures.findByText(
        /so both are counted for the same time: until Mon 16 Nov, 14:15 and until Mon 23 Nov, 14:15\./,
      ),
    ).toBeVisible();
    expect(Object.fromEntries(queries[0] ?? [])).toMatchObject({
      period1_start: "2026-11-10",
      period1_end: "2026-11-17",
      period2_start: "2026-11-17",
      period2_end: "2026-11-24",
    });
  });

  it("takes this month so far beside as much of the month before", async () => {
    const queries = asked("compare");
    const router = open("tz=Europe/Paris");
    await userEvent.click(await screen.findByRole("radio", { name: "This month" }));
    await waitFor(() => expect(router.state.location.search).toBe("?tz=Europe%2FParis&range=month"));
    await waitFor(() =>
      expect(Object.fromEntries(queries.at(-1) ?? [])).toMatchObject({
        period1_start: "2026-10-01",
        period1_end: "2026-10-24",
        period2_start: "2026-11-01",
        period2_end: "2026-11-24",
      }),
    );
  });

  it("puts the earlier period first, whichever was chosen as what", async () => {
    const queries = asked("compare");
    open("tz=UTC&from=2026-05-01&to=2026-05-07&before_from=2026-08-01&before_to=2026-08-07");
    await waitFor(() =>
      expect(Object.fromEntries(queries[0] ?? [])).toMatchObject({
        period1_start: "2026-05-01",
        period2_start: "2026-08-01",
      }),
    );
  });

  it("opens the plays behind a number, of its own period", async () => {
    const queries = asked("plays");
    open(weeks);
    const figures = within(await card("What changed?"));
    const row = await figures.findByRole("row", { name: /^Plays/ });
    await userEvent.click(within(row).getAllByRole("link")[0] as HTMLElement);
    expect(await screen.findByRole("dialog", { name: "Counted plays" })).toBeVisible();
    expect(Object.fromEntries(queries[0] ?? [])).toMatchObject({
      from: "2026-09-27T22:00:00.000Z",
      to: "2026-10-25T23:00:00.000Z",
    });
  });

  it("draws the figure whose row is chosen, and keeps it in the address", async () => {
    const router = open(weeks);
    const figures = within(await card("What changed?"));
    await userEvent.click(await figures.findByRole("button", { name: "New followers" }));
    expect(await card("New followers by elapsed day")).toBeVisible();
    expect(router.state.location.search).toContain("figure=followers");
  });
});

describe("what changed most", () => {
  it("of tracks: one that wasn't released yet is said to be so, and is no 0", async () => {
    const [undertow, ...older] = tracks.tracks;
    answer("tracks", (query) => {
      const isEarlier = query.get("to") === "2026-10-25T23:00:00.000Z";
      const released = { ...undertow, released_at: "2026-11-06T00:00:00Z" };
      const all = isEarlier
        ? older.map((track) => Object.assign({}, track, { plays: track.plays * 2 }))
        : [released, ...older];
      return { ...tracks, tracks: all, rest: { count: 0, plays: 0, listeners: 0 } };
    });
    open(weeks);
    const changed = within(await card("Which tracks changed?"));
    const row = await changed.findByRole("row", { name: /Undertow/ });
    expect(row).toHaveTextContent(/not released.*3,102.*new/);
    expect(changed.getByText("Undertow gained most: 3,102 plays more, 3,102 now.")).toBeVisible();
    expect(changed.getByRole("row", { name: /Salt Roads/ })).toHaveTextContent("▼−50 %");
  });

  it("of countries: each period over the time that is compared", async () => {
    const queries = asked("geography");
    answer("geography", (query) => {
      const all = geography(query);
      return {
        ...all,
        countries: all.countries.map((entry) =>
          Object.assign({}, entry, { plays: query.get("to") === "2026-11-23T13:15:00.000Z" ? 100 : 50 }),
        ),
      };
    });
    open("tz=Europe/Paris&range=7d");
    const changed = within(await card("Which countries changed?"));
    expect((await changed.findAllByText("+100 %")).length).toBe(8);
    await waitFor(() =>
      expect(queries.map((query) => query.get("to"))).toEqual([
        "2026-11-16T13:15:00.000Z",
        "2026-11-23T13:15:00.000Z",
      ]),
    );
  });
});

describe("its cards", () => {
  it("fail alone, and offer to try again", async () => {
    server.use(http.get("*/api/v1/analytics/compare", () => refuse(problem(503, "query_timeout"))));
    open(weeks);
    const figures = within(await card("What changed?"));
    expect(await figures.findByText("The comparison could not be loaded.")).toBeVisible();
    expect(await within(await card("Which countries changed?")).findByText("France")).toBeVisible();
    server.resetHandlers();
    await userEvent.click(figures.getByRole("button", { name: "Try again" }));
    expect(await figures.findByRole("row", { name: /^Plays/ })).toBeVisible();
  });

  it("say so where nothing is known yet", async () => {
    answer("compare", (query) => {
      const data = compare(query);
      const unknown = { plays: null, listeners: null, revenue_minor: null, followers: null };
      return { ...data, period1: { ...data.period1, ...unknown }, period2: { ...data.period2, ...unknown } };
    });
    open(weeks);
    expect(await within(await card("What changed?")).findByText("Not counted yet.")).toBeVisible();
  });

  it("stay with their last numbers when newer ones can't be had", async () => {
    answer("compare", compare, {
      as_of: "2026-11-23T12:46:00Z",
      held_back_by: [{ partition: 3, since: null }],
    });
    open(weeks);
    expect(await within(await card("What changed?")).findByText("As of 13:46:00.")).toBeVisible();
  });

  it("give the same numbers as CSV", async () => {
    const files: Blob[] = [];
    vi.stubGlobal(
      "URL",
      Object.assign(URL, {
        createObjectURL: (file: Blob) => {
          files.push(file);
          return "blob:";
        },
        revokeObjectURL: () => undefined,
      }),
    );
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    open(weeks);
    const changed = within(await card("Which countries changed?"));
    await userEvent.click(await changed.findByRole("button", { name: "Download as CSV" }));
    await waitFor(() => expect(files).toHaveLength(1));
    const reader = new FileReader();
    reader.readAsText(files[0] as Blob);
    await waitFor(() =>
      expect(reader.result).toMatch(/^key,label,period1_plays,period2_plays\r\nFR,France,3846,3846\r\n/),
    );
  });
});
