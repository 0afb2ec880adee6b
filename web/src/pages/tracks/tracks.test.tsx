import { fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import { describe, expect, it, vi } from "vitest";
import { upload, UploadFailed } from "@/api/upload";
import { problem, track } from "@/mocks/answers";
import { refuse, reply } from "@/mocks/handlers";
import { openApp } from "@/mocks/render";
import { server } from "@/mocks/server";
import { durationOf, problemOfAudio, titleOf } from "./audioFile";

vi.mock(import("@/api/upload"), async (original) => ({
  ...(await original()),
  upload: vi.fn<typeof upload>(),
}));
vi.mock(import("./audioFile"), async (original) => ({
  ...(await original()),
  durationOf: vi.fn<typeof durationOf>(),
}));

const song = new File(["la la la"], "02 - Night_Ferry.mp3", { type: "audio/mpeg" });

describe("the list", () => {
  it("has a row for each track, in the account’s zone", async () => {
    openApp("/tracks", "creator");
    const row = await screen.findByRole("row", { name: /Salt Roads/ });
    // Midnight in Paris, where it is still the day before in UTC.
    expect(row).toHaveTextContent("6 Nov 2026");
    expect(row).toHaveTextContent("3:42");
    expect(row).toHaveTextContent(/5\.4.MB/);
    expect(within(row).getByRole("link")).toHaveAttribute("href", `/tracks/${track.id}`);
    expect(screen.getByText("One track.")).toBeVisible();
  });

  it("says why it is empty, and what to do", async () => {
    server.use(http.get("*/api/v1/tracks", () => reply([], { next_cursor: null })));
    openApp("/tracks", "creator");
    expect(await screen.findByText("No tracks yet.")).toBeVisible();
    expect(screen.getByRole("link", { name: "Add your first track" })).toHaveAttribute("href", "/tracks/new");
  });

  it("says what failed, and tries again", async () => {
    server.use(http.get("*/api/v1/tracks", () => refuse(problem(503, "unavailable"))));
    openApp("/tracks", "creator");
    expect(await screen.findByText("Your tracks could not be loaded.")).toBeVisible();
    server.resetHandlers();
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("link", { name: "Salt Roads" })).toBeVisible();
  });

  it("goes on by pages, and sorts only what it has whole", async () => {
    server.use(
      http.get("*/api/v1/tracks", ({ request }) => {
        const query = new URL(request.url).searchParams;
        expect(query.get("creator")).toBe("7");
        if (query.get("cursor") === "next") {
          return reply([{ ...track, id: "older", title: "Undertow", released_at: null, audio: null }], {
            next_cursor: null,
          });
        }
        return reply([track], { next_cursor: "next" });
      }),
    );
    openApp("/tracks", "creator");
    await screen.findByRole("link", { name: "Salt Roads" });
    expect(screen.queryByRole("button", { name: "Title" })).not.toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Show more" }));
    const row = await screen.findByRole("row", { name: /Undertow/ });
    expect(row).toHaveTextContent("not said");
    expect(row).toHaveTextContent("missing");
    expect(screen.getByText("2 tracks.")).toBeVisible();
    expect(screen.getByRole("button", { name: "Title" })).toBeVisible();
  });
});

describe("a new track", () => {
  function serveUpload() {
    const sent: unknown[] = [];
    const note = async ({ request }: { request: Request }) => sent.push(await request.json());
    server.use(
      http.post("*/api/v1/tracks", async (info) => {
        await note(info);
        return reply(track, {}, { status: 201 });
      }),
      http.patch("*/api/v1/tracks/:id", async (info) => {
        await note(info);
        return reply(track);
      }),
      http.post("*/api/v1/tracks/:id/audio", async (info) => {
        await note(info);
        const put = {
          method: "PUT",
          url: "http://objects.test/put",
          headers: {},
          expires_at: track.created_at,
        };
        return reply({ upload: "u1", put }, {}, { status: 201 });
      }),
      http.post("*/api/v1/tracks/:id/audio/complete", async (info) => {
        await note(info);
        return reply(track);
      }),
    );
    return sent;
  }

  it("takes title and length from its file, to the millisecond, and sends both", async () => {
    vi.mocked(durationOf).mockResolvedValue(341_987);
    vi.mocked(upload).mockResolvedValue();
    const sent = serveUpload();
    const router = openApp("/tracks/new", "creator");
    await userEvent.upload(await screen.findByLabelText("Choose a file"), song);
    expect(await screen.findByDisplayValue("Night Ferry")).toBeVisible();
    expect(screen.getByLabelText("Length")).toHaveValue("5:42");
    expect(screen.getByLabelText("Artist")).toHaveValue("Odile M.");
    fireEvent.change(screen.getByLabelText(/Released/), { target: { value: "2026-11-06" } });
    await userEvent.click(screen.getByRole("button", { name: "Add the track" }));
    await expect.poll(() => router.state.location.pathname).toBe("/tracks");
    expect(sent).toEqual([
      {
        title: "Night Ferry",
        artist: "Odile M.",
        duration_ms: 341_987,
        // The day begins in the account's zone.
        released_at: "2026-11-05T23:00:00.000Z",
      },
      { type: "audio/mpeg", size: song.size },
      { upload: "u1" },
    ]);
    expect(screen.getByText("“Night Ferry” is on Listen now.")).toBeVisible();
  });

  it("is not added twice when only its audio failed", async () => {
    vi.mocked(durationOf).mockResolvedValue(null);
    vi.mocked(upload).mockRejectedValueOnce(new UploadFailed("the connection broke")).mockResolvedValue();
    const sent = serveUpload();
    const router = openApp("/tracks/new", "creator");
    await userEvent.upload(await screen.findByLabelText("Choose a file"), song);
    await userEvent.type(screen.getByLabelText("Length"), "5:42");
    await userEvent.click(screen.getByRole("button", { name: "Add the track" }));
    expect(await screen.findByText("The file could not be stored. Try again.")).toBeVisible();
    expect(screen.getByText(/only its audio is missing/)).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Add the track" }));
    await expect.poll(() => router.state.location.pathname).toBe("/tracks");
    expect(sent.filter((body) => "title" in (body as object))).toHaveLength(2);
    expect(sent).toHaveLength(5);
  });

  it("asks for what is missing", async () => {
    openApp("/tracks/new", "creator");
    await screen.findByDisplayValue("Odile M.");
    await userEvent.type(screen.getByLabelText("Length"), "long");
    await userEvent.click(screen.getByRole("button", { name: "Add the track" }));
    expect(screen.getByLabelText("Title")).toHaveAccessibleDescription("Give it a title.");
    expect(screen.getByLabelText("Length")).toHaveAccessibleDescription(/^Write minutes and seconds/);
  });

  it("refuses a file by dropping, too", async () => {
    openApp("/tracks/new", "creator");
    const text = new File(["la"], "notes.txt", { type: "text/plain" });
    fireEvent.drop(await screen.findByText("Drop an audio file here."), { dataTransfer: { files: [text] } });
    expect(screen.getByText(/^This is no audio file/)).toBeVisible();
  });
});

describe("a track", () => {
  it("sends only what was changed", async () => {
    let sent: unknown;
    server.use(
      http.patch("*/api/v1/tracks/:id", async ({ request }) => {
        sent = await request.json();
        return reply({ ...track, title: "Salt Roads II" });
      }),
    );
    openApp(`/tracks/${track.id}`, "creator");
    const title = await screen.findByLabelText("Title");
    expect(screen.getByLabelText(/Released/)).toHaveValue("2026-11-06");
    await userEvent.clear(title);
    await userEvent.type(title, "Salt Roads II");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Saved.")).toBeVisible();
    expect(sent).toEqual({ title: "Salt Roads II" });
  });

  it("takes another file, shows how far it is, and can be stopped", async () => {
    vi.mocked(upload).mockImplementation((_file, _put, { onProgress, signal }) => {
      onProgress(0.42);
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    });
    server.use(
      http.post("*/api/v1/tracks/:id/audio", () =>
        reply({
          upload: "u1",
          put: { method: "PUT", url: "http://objects.test/put", headers: {}, expires_at: "" },
        }),
      ),
    );
    openApp(`/tracks/${track.id}`, "creator");
    await userEvent.upload(await screen.findByLabelText("Choose a file"), song);
    expect(await screen.findByText(/42.%/)).toBeVisible();
    expect(screen.getByRole("progressbar", { name: "Uploading" })).toHaveValue(0.42);
    await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
    expect(await screen.findByText("Canceled.")).toBeVisible();
    expect(screen.getByRole("button", { name: "Try again" })).toBeVisible();
  });

  it("says how to put it on a page", async () => {
    openApp(`/tracks/${track.id}`, "creator");
    expect(await screen.findByText(new RegExp(`data-veza-track="${track.id}"`))).toHaveTextContent(
      'data-ingest="http://ingest.test"',
    );
  });

  it("of someone else, or of nobody, is not found", async () => {
    server.use(http.get("*/api/v1/tracks/:id", () => reply({ ...track, creator_id: 8 })));
    openApp(`/tracks/${track.id}`, "creator");
    expect(await screen.findByRole("heading", { name: "Not found" })).toBeVisible();
  });
});

describe("an audio file", () => {
  it.each([
    ["audio/mpeg", 1, null],
    ["audio/x-m4a", 512 * 2 ** 20, null],
    ["audio/flac", 512 * 2 ** 20 + 1, "size"],
    ["audio/wav", 0, "empty"],
    ["video/mp4", 1, "type"],
    ["", 1, "type"],
  ])("of type '%s' and %d bytes: %s", (type, size, expected) => {
    expect(problemOfAudio({ type, size })).toBe(expected);
  });

  it.each([
    ["03 - Salt_Roads.mp3", "Salt Roads"],
    ["Undertow.flac", "Undertow"],
    ["99 Luftballons.mp3", "Luftballons"],
    ["7.wav", "7"],
    ["no extension", "no extension"],
  ])("%s is called '%s'", (name, title) => {
    expect(titleOf(name)).toBe(title);
  });
});
