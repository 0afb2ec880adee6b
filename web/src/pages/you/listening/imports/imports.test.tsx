import { within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import { describe, expect, it } from "vitest";
import { problem } from "@/mocks/answers";
import { refuse, reply } from "@/mocks/handlers";
import { importDone, importSending, listening } from "@/mocks/listening";
import { openApp } from "@/mocks/render";
import { atTheTimeOfTheAnswers, card, queryOf } from "@/mocks/reports";
import { server } from "@/mocks/server";
import type { ListeningImport } from "./queries";

atTheTimeOfTheAnswers();

const file = new File(["PK"], "my_spotify_data.zip", { type: "application/zip" });

/** Answers with these imports from here on. */
function answerWith(...imports: ListeningImport[]): void {
  server.use(http.get("*/api/v1/me/listening/imports", () => reply(imports, { next_cursor: null })));
}

async function section() {
  openApp("/you/listening", "user");
  return within(await card("Bring your history"));
}

/** Number by words, of the summary. */
function numbers(part: ReturnType<typeof within>): Record<string, string> {
  const rows = part
    .getAllByRole("row")
    .map((row: HTMLElement) => [
      within(row).getByRole("rowheader").textContent,
      within(row).getByRole("cell").textContent,
    ]);
  return Object.fromEntries(rows) as Record<string, string>;
}

describe("a history from elsewhere", () => {
  it("is sent as it is, followed while it is brought in, and summed up in words; the plays are asked for anew", async () => {
    const sent: { name: string | null; bytes: number; token: string | null }[] = [];
    let asked = 0;
    server.use(
      http.post("*/api/v1/me/listening/imports", async ({ request }) => {
        const bytes = (await request.arrayBuffer()).byteLength;
        sent.push({ name: queryOf(request).get("name"), bytes, token: request.headers.get("Authorization") });
        answerWith({ ...importSending, state: "reading", hearings: null, sent: 0 });
        return reply({ ...importSending, state: "reading", hearings: null, sent: 0 }, {}, { status: 202 });
      }),
      http.get("*/api/v1/me/listening", ({ request }) => {
        asked += 1;
        const { data, meta } = listening(queryOf(request));
        return reply(data, meta);
      }),
    );
    const part = await section();
    await userEvent.upload(part.getByLabelText("Choose a file"), file);
    expect((await part.findAllByText("Being read")).length).toBeGreaterThan(0);
    expect(sent).toEqual([{ name: file.name, bytes: file.size, token: expect.stringMatching(/^Bearer ./) }]);
    expect(part.getByLabelText("Choose a file")).toBeDisabled();
    expect(part.getByText(/^One history at a time/)).toBeVisible();

    answerWith(importSending);
    expect(await part.findByText("500 of 2,000")).toBeVisible();
    expect(part.getByRole("progressbar")).toHaveAttribute("value", "500");

    const before = asked;
    answerWith(importDone);
    expect(await part.findByText("1,480 plays")).toBeVisible();
    expect(asked).toBeGreaterThan(before);
    expect(numbers(part)).toEqual({
      "Hearings, of 312 tracks": "2,000",
      "Count as plays": "1,480",
      "Brought along before": "20",
      "Heard for less than 30 s, or less than 95 % of a shorter track": "490",
      "Dated before 2000": "6",
      "With values that make no sense": "3",
      "On their way; they are here within minutes": "1",
    });
    expect(
      part.getByText("12 podcasts were left out. One entry without artist or title was left out."),
    ).toBeVisible();
    expect(part.getByText("One file could not be read")).toBeVisible();
    expect(part.getByText("Line 41:", { exact: false })).toBeVisible();
    expect(part.getByLabelText("Choose a file")).toBeEnabled();
  });

  it.each([
    [422, "no_history", /^This is no listening history that can be read here/],
    [422, "damaged_archive", /^This zip is damaged/],
    [409, "import_running", /^A history of yours is being brought in/],
    [413, "too_large", "This is larger than the server takes."],
  ] as const)("that is refused says why: %i %s", async (status, code, words) => {
    server.use(http.post("*/api/v1/me/listening/imports", () => refuse(problem(status, code))));
    const part = await section();
    await userEvent.upload(part.getByLabelText("Choose a file"), file);
    const alert = await part.findByRole("alert");
    expect(within(alert).getByText(words)).toBeVisible();
    expect(within(alert).getByRole("button", { name: "Try again" })).toBeVisible();
  });

  it("that is empty or too large is not sent at all", async () => {
    const part = await section();
    await userEvent.upload(part.getByLabelText("Choose a file"), new File([], "empty.json"));
    expect(part.getByText("empty.json is empty.")).toBeVisible();
    const large = new File(["PK"], "large.zip");
    Object.defineProperty(large, "size", { value: 134_217_729 });
    await userEvent.upload(part.getByLabelText("Choose a file"), large);
    expect(part.getByText("large.zip is larger than 130 MB. Bring the history in parts.")).toBeVisible();
  });

  it.each([
    ["failed", "unavailable", /^A part of the server did not answer for minutes/],
    ["failed", "damaged", /^It is damaged/],
    ["interrupted", null, /^The server was restarted meanwhile. Send the same file again/],
  ] as const)("that is %s by %s says what to do", async (state, failure, words) => {
    answerWith({ ...importDone, state, failure, summary: null, broken: [] });
    const part = await section();
    expect(await part.findByText(words)).toBeVisible();
    expect(part.getByLabelText("Choose a file")).toBeEnabled();
  });

  it("is found where each service has it", async () => {
    const part = await section();
    await userEvent.click(part.getByText("Where do I find my history?"));
    for (const service of ["Spotify", "ListenBrainz", "Last.fm"]) {
      expect(part.getByRole("link", { name: `Ask ${service} for it` })).toHaveAttribute("href");
    }
  });
});
