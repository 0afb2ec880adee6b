import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import { describe, expect, it, vi } from "vitest";
import { problem } from "@/mocks/answers";
import { refuse } from "@/mocks/handlers";
import { openApp } from "@/mocks/render";
import { asked, atTheTimeOfTheAnswers, card } from "@/mocks/reports";
import { server } from "@/mocks/server";

atTheTimeOfTheAnswers();

const hidden = { hidden: true } as const;

describe("export", () => {
  it("gives the rows of the page's days and filters as a file", async () => {
    vi.stubGlobal(
      "URL",
      Object.assign(URL, { createObjectURL: () => "blob:", revokeObjectURL: () => undefined }),
    );
    const saved = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    const queries = asked("export");
    openApp("/analytics?tz=Europe/Paris&country=FR", "creator");
    const button = await screen.findByRole("button", { name: "As Parquet", ...hidden });
    await userEvent.click(button);
    await waitFor(() => expect(saved).toHaveBeenCalled());
    expect(saved.mock.contexts[0]).toHaveProperty("download", "plays-2026-10-27-2026-11-23.parquet");
    expect(Object.fromEntries(queries[0] ?? [])).toEqual({
      country: "FR",
      from: "2026-10-27",
      to: "2026-11-24",
      tz: "Europe/Paris",
      format: "parquet",
      outcome: "counted",
    });
    const all = screen
      .getAllByRole("radio", { name: "Everything", ...hidden })
      .find((radio) => radio.closest("[popover]") !== null);
    await userEvent.click(all as HTMLElement);
    await userEvent.click(screen.getByRole("button", { name: "As CSV", ...hidden }));
    await waitFor(() => expect(queries).toHaveLength(2));
    expect(queries[1]?.has("outcome")).toBe(false);
    expect(queries[1]?.get("format")).toBe("csv");
  });

  it("that is refused says why", async () => {
    server.use(http.get("*/api/v1/analytics/export", () => refuse(problem(429, "too_many_requests"))));
    openApp("/analytics", "creator");
    await userEvent.click(await screen.findByRole("button", { name: "As CSV", ...hidden }));
    expect(
      await screen.findByText("Too many attempts. Wait a few minutes, then try again."),
    ).toBeInTheDocument();
  });
});

it("systems and browsers are told by their versions if one wants, and still filter by name", async () => {
  const queries = asked("demographics");
  const router = openApp("/analytics/devices", "creator");
  const systems = within(await card("On which systems?"));
  await userEvent.click(await systems.findByRole("radio", { name: "Versions" }));
  expect(router.state.location.search).toBe("?versions=yes");
  expect(await systems.findByText("macOS 26")).toBeVisible();
  expect(queries.at(-1)?.get("versions")).toBe("true");
  expect(systems.getByRole("link", { name: "iOS 26.1" })).toHaveAttribute(
    "href",
    "/analytics/devices?versions=yes&os=iOS",
  );
});
