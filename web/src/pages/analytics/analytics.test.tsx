import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import { demographics, live, overview, reportMeta, trafficSources } from "@/mocks/analytics";
import { problem } from "@/mocks/answers";
import { refuse } from "@/mocks/handlers";
import { openApp } from "@/mocks/render";
import { answer, asked, atTheTimeOfTheAnswers, card, queryOf } from "@/mocks/reports";
import { server } from "@/mocks/server";

atTheTimeOfTheAnswers();

describe("the overview", () => {
  it("shows five numbers, their course, and four breakdowns that begin with a sentence", async () => {
    openApp("/analytics", "creator");
    expect(await screen.findByText("France leads with 31 % of 12,408 plays.")).toBeVisible();
    expect(await screen.findByText("Phone leads with 58 %.")).toBeVisible();
    expect(await screen.findByText("Instagram leads with 22 %.")).toBeVisible();
    expect(await screen.findByText("Undertow leads with 25 %.")).toBeVisible();
    const course = await card("Plays by day");
    expect(await within(course).findByText("Today until 14:20: 279")).toBeInTheDocument();
    for (const label of ["Plays", "Listeners", "Heard time", "Completion", "Skips"]) {
      expect(screen.getByRole("button", { name: label })).toBeVisible();
    }
    expect(screen.getByText("Counts complete up to 14:20:08")).toBeInTheDocument();
  });

  it("compares like with like while the day runs: both until the last whole quarter hour", async () => {
    const queries = asked("overview");
    openApp("/analytics?tz=Europe/Paris", "creator");
    await waitFor(() => expect(queries).toHaveLength(3));
    expect(queries.map((query) => [query.get("from"), query.get("to")])).toEqual([
      ["2026-10-27", "2026-11-24"],
      ["2026-09-29", "2026-10-26T13:15:00.000Z"],
      ["2026-10-27", "2026-11-23T13:15:00.000Z"],
    ]);
    const [legend] = await screen.findAllByText("not finished; compared until 14:15");
    expect(legend).toBeInTheDocument();
    expect(screen.getAllByText("against the 28 days before", { selector: "b + span" })).toHaveLength(5);
  });

  it("asks for nothing to compare with when that is not wanted", async () => {
    const queries = asked("overview");
    openApp("/analytics?tz=Europe/Paris&compare=none", "creator");
    await screen.findAllByText("Today until 14:20: 279");
    expect(queries).toHaveLength(1);
    expect(screen.queryByText("against the 28 days before", { selector: "b + span" })).toBeNull();
  });

  it("draws the number whose tile is chosen, and keeps it in the address", async () => {
    const router = openApp("/analytics", "creator");
    await userEvent.click(await screen.findByRole("button", { name: "Completion" }));
    expect(await card("Completion by day")).toBeVisible();
    await waitFor(() => expect(router.state.location.search).toBe("?metric=completion"));
  });

  it("shows the numbers of the chart as a table", async () => {
    openApp("/analytics", "creator");
    const course = await card("Plays by day");
    await userEvent.click(await within(course).findByRole("button", { name: "Show as a table" }));
    const table = within(course).getByRole("table");
    expect(within(table).getAllByRole("row")).toHaveLength(1 + 28 + 1);
    expect(within(table).getByRole("row", { name: /Mon 23 Nov.*not finished/ })).toBeVisible();
  });

  it("gives the same numbers as CSV", async () => {
    const accepted: (string | null)[] = [];
    server.use(
      http.get("*/api/v1/analytics/traffic-sources", ({ request }) => {
        const accept = request.headers.get("Accept");
        accepted.push(accept);
        if (accept === "text/csv") return HttpResponse.text("dimension,key\r\n");
        return HttpResponse.json({ data: trafficSources, meta: reportMeta(queryOf(request)) });
      }),
    );
    vi.stubGlobal(
      "URL",
      Object.assign(URL, { createObjectURL: () => "blob:", revokeObjectURL: () => undefined }),
    );
    const saved = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    openApp("/analytics", "creator");
    const sources = await card("Coming from where?");
    await userEvent.click(await within(sources).findByRole("button", { name: "Download as CSV" }));
    await waitFor(() => expect(saved).toHaveBeenCalled());
    expect(accepted).toContain("text/csv");
    expect(saved.mock.contexts[0]).toHaveProperty("download", "traffic-sources-2026-10-27-2026-11-23.csv");
  });
});

describe("states of a card", () => {
  it("one that failed says so, leaves the others whole, and tries again", async () => {
    server.use(http.get("*/api/v1/analytics/traffic-sources", () => refuse(problem(503, "query_timeout"))));
    openApp("/analytics", "creator");
    expect(await screen.findByText("The sources could not be loaded.")).toBeVisible();
    expect(screen.getByText("Code query_timeout")).toBeVisible();
    expect(screen.getByRole("link", { name: "Show 7 days instead" })).toHaveAttribute(
      "href",
      "/analytics?range=7d",
    );
    expect(await screen.findByText("France leads with 31 % of 12,408 plays.")).toBeVisible();
    expect(await screen.findByText("Undertow leads with 25 %.")).toBeVisible();
    server.resetHandlers();
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("Instagram leads with 22 %.")).toBeVisible();
  });

  it("nothing reported: how to send the first play, once on the page", async () => {
    const none = { plays: 0, listeners: 0 };
    answer("overview", (query) => ({ ...overview(query), total: { ...overview(query).total, plays: 0 } }));
    answer("demographics", () => ({ ...demographics, total: none }));
    openApp("/analytics", "creator");
    const course = await card("Plays by day");
    expect(await within(course).findByText(/press play once/)).toBeVisible();
    expect(
      await within(course).findByText(/data-veza-track="01a20947-0000-7000-8000-00000000a94f"/),
    ).toBeVisible();
    expect(
      await within(await card("On what?")).findByText("It fills with the first play of this range."),
    ).toBeVisible();
  });

  it("nothing under these filters: the way to be without them", async () => {
    answer("demographics", () => ({ ...demographics, total: { plays: 0, listeners: 0 } }));
    const router = openApp("/analytics?country=FR&range=7d", "creator");
    const devices = await card("On what?");
    await userEvent.click(await within(devices).findByRole("link", { name: "Show without filters" }));
    await waitFor(() => expect(router.state.location.search).toBe("?range=7d"));
  });

  it("not counted yet is not zero", async () => {
    answer("demographics", () => ({ ...demographics, total: { plays: null, listeners: null } }));
    openApp("/analytics", "creator");
    const devices = await card("On what?");
    expect(await within(devices).findByText("Not counted yet.")).toBeVisible();
    expect(within(devices).getByText("Counts are complete up to Mon 23 Nov, 14:20.")).toBeVisible();
  });

  it("a part of the pipeline that is behind: the numbers stay, as of when", async () => {
    const behind = { as_of: "2026-11-23T12:46:00Z", held_back_by: [{ partition: 3, since: null }] };
    answer("demographics", () => demographics, behind);
    openApp("/analytics", "creator");
    const devices = await card("On what?");
    expect(await within(devices).findByText("As of 13:46:00.")).toBeVisible();
    expect(within(devices).getByText("7,197")).toBeVisible();
  });

  it("numbers that can't be refreshed stay, as of when they came", async () => {
    openApp("/analytics", "creator");
    const devices = await card("On what?");
    await within(devices).findByText("7,197");
    server.use(http.get("*/api/v1/analytics/demographics", () => refuse(problem(503, "unavailable"))));
    // News: every report is asked for again.
    server.use(
      http.get("*/api/v1/analytics/live", () =>
        HttpResponse.json({ data: { ...live, minutes: live.minutes.slice(1) }, meta: { as_of: null } }),
      ),
    );
    expect(await within(devices).findByText("As of 14:20:08.")).toBeVisible();
    expect(within(devices).getByText("7,197")).toBeVisible();
  });
});

describe("filters", () => {
  it("a row is a filter, its chip the way out", async () => {
    const queries = asked("demographics");
    const router = openApp("/analytics?range=7d", "creator");
    const places = await card("Where do people listen?");
    await userEvent.click(await within(places).findByRole("link", { name: "Germany" }));
    await waitFor(() => expect(router.state.location.search).toBe("?range=7d&country=DE"));
    await waitFor(() => expect(queries.at(-1)?.getAll("country")).toEqual(["DE"]));
    const bar = screen.getByRole("group", { name: "What is shown" });
    await userEvent.click(within(bar).getByRole("link", { name: "Without the filter Country: Germany" }));
    await waitFor(() => expect(router.state.location.search).toBe("?range=7d"));
  });

  it("what is unknown can be chosen too", async () => {
    const router = openApp("/analytics", "creator");
    const devices = await card("On what?");
    await userEvent.click(await within(devices).findByRole("link", { name: "Unknown device" }));
    await waitFor(() => expect(router.state.location.search).toBe("?device=unknown"));
  });

  it("stay from tab to tab", async () => {
    openApp("/analytics?country=FR&plays=", "creator");
    expect(await screen.findByRole("link", { name: "Devices" })).toHaveAttribute(
      "href",
      "/analytics/devices?country=FR",
    );
  });

  it("are added by name, from the values that the report has", async () => {
    const router = openApp("/analytics", "creator");
    const add = await screen.findByRole("button", { name: "Filter" });
    fireEvent.focus(add);
    await userEvent.selectOptions(await screen.findByLabelText("Filter by"), "browser");
    // Popovers are never open in jsdom.
    await screen.findByRole("option", { name: "Firefox (1,117)", hidden: true });
    await userEvent.selectOptions(screen.getByLabelText("Value"), "Firefox");
    await userEvent.click(screen.getByRole("button", { name: "Add the filter", hidden: true }));
    await waitFor(() => expect(router.state.location.search).toBe("?browser=Firefox"));
  });

  it("days, zone and comparison are chosen in the bar", async () => {
    const router = openApp("/analytics", "creator");
    const search = () => router.state.location.search;
    const zones = await screen.findByLabelText("Time zone");
    await within(zones).findByText("Kolkata");
    await userEvent.selectOptions(zones, "Asia/Kolkata");
    await screen.findByText("Counts complete up to 18:50:08");
    await userEvent.selectOptions(screen.getByLabelText("Comparison"), "none");
    await waitFor(() => expect(screen.getByLabelText("Comparison")).toHaveValue("none"));
    await userEvent.click(screen.getByRole("radio", { name: "90 days" }));
    await waitFor(() => expect(search()).toBe("?tz=Asia%2FKolkata&compare=none&range=90d"));
    await waitFor(() => expect(screen.getByRole("radio", { name: "90 days" })).toBeChecked());
    fireEvent.change(screen.getByLabelText("First day"), { target: { value: "2026-03-01" } });
    fireEvent.change(screen.getByLabelText("Last day"), { target: { value: "2026-03-31" } });
    await userEvent.click(screen.getByRole("button", { name: "Show these days", hidden: true }));
    expect(router.state.location.search).toBe(
      "?tz=Asia%2FKolkata&compare=none&from=2026-03-01&to=2026-03-31",
    );
  });

  it("days in the wrong order are refused where they stand", async () => {
    const router = openApp("/analytics", "creator");
    fireEvent.change(await screen.findByLabelText("First day"), { target: { value: "2026-11-23" } });
    fireEvent.change(screen.getByLabelText("Last day"), { target: { value: "2026-11-01" } });
    await userEvent.click(screen.getByRole("button", { name: "Show these days", hidden: true }));
    expect(screen.getByText("The last day comes before the first.")).toBeInTheDocument();
    expect(router.state.location.search).toBe("");
  });
});

describe("the plays behind a number", () => {
  it("open by a click on it, under the same filters and its own", async () => {
    const queries = asked("plays");
    const router = openApp("/analytics?device=phone", "creator");
    const places = await card("Where do people listen?");
    await userEvent.click(await within(places).findByRole("link", { name: "1,489" }));
    const drawer = await screen.findByRole("dialog", { name: "Counted plays" });
    expect(within(drawer).getByText("Germany · 27 Oct – 23 Nov 2026 · times in Europe/Paris")).toBeVisible();
    const play = await within(drawer).findByRole("article");
    for (const text of [
      /Undertow/,
      /14:17:00/,
      /Brest, Bretagne, France/,
      /iOS 26.1, Mobile Safari 26, Phone/,
      /Instagram/,
      /1:00 heard of 3:42/,
      /counted/,
      /30 s were heard/,
    ]) {
      expect(play).toHaveTextContent(text);
    }
    expect(Object.fromEntries(queries[0] ?? [])).toMatchObject({
      device: "phone",
      country: "DE",
      from: "2026-10-27",
      to: "2026-11-24",
    });
    await userEvent.click(within(drawer).getByRole("button", { name: "Close" }));
    await waitFor(() => expect(router.state.location.search).toBe("?device=phone"));
  });

  it("with everything that was reported: what did not count, and why", async () => {
    openApp("/analytics?plays=", "creator");
    const drawer = await screen.findByRole("dialog");
    await userEvent.click(within(drawer).getByRole("radio", { name: "Everything" }));
    expect(await screen.findByText("too short")).toBeVisible();
    expect(screen.getByText(/It ended before 30 s were heard/)).toBeVisible();
    expect(screen.getAllByRole("article").at(-1)).toHaveTextContent("Place unknown");
  });

  it("of skips are the skipped ones", async () => {
    const queries = asked("plays");
    openApp("/analytics", "creator");
    await userEvent.click(await screen.findByRole("link", { name: /show the plays behind Skips/ }));
    expect(await screen.findByRole("dialog", { name: "Skipped plays" })).toBeVisible();
    await waitFor(() => expect(queries.at(-1)?.get("skipped")).toBe("true"));
  });
});

describe("the tabs", () => {
  it("geography: every place adds up to the total, and one country opens into regions and cities", async () => {
    openApp("/analytics/geography?country=FR", "creator");
    const table = within(await card("By country"));
    expect(await table.findByRole("row", { name: /Place unknown.*187/ })).toBeVisible();
    const plays = table
      .getAllByRole("row")
      .slice(1, -1)
      .map((row) => within(row).getAllByRole("cell").at(-2)?.textContent);
    const sum = plays.reduce((total, text) => total + Number(text?.replaceAll(",", "")), 0);
    expect(sum).toBe(12_408);
    expect(table.getByRole("row", { name: /Total.*12,408/ })).toBeVisible();
    const inFrance = within(await card("Where in France?"));
    expect(await inFrance.findByRole("link", { name: "Île-de-France" })).toBeVisible();
    expect(inFrance.getByRole("link", { name: "Lyon" })).toBeVisible();
  });

  it("devices, systems and browsers", async () => {
    openApp("/analytics/devices", "creator");
    expect(await screen.findByText("iOS leads with 34 %.")).toBeVisible();
    expect(await screen.findByRole("link", { name: "macOS" })).toHaveAttribute(
      "href",
      "/analytics/devices?os=Mac+OS+X",
    );
  });

  it("sources, channels, places on the site and campaigns", async () => {
    openApp("/analytics/sources", "creator");
    expect(await screen.findByRole("link", { name: "undertow-release" })).toBeVisible();
    expect(screen.getByRole("link", { name: "In a playlist" })).toBeVisible();
  });

  it("tracks, and their first days laid over each other", async () => {
    openApp("/analytics/tracks", "creator");
    expect(await screen.findByRole("row", { name: /Salt Roads.*2,233/ })).toBeVisible();
    expect(screen.getByText("Not in this table: 8 others, 2,358 plays.")).toBeVisible();
    const releases = within(await card("How did they begin?"));
    expect(await releases.findByText("Day 28")).toBeInTheDocument();
  });
});
