import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";
import { problem } from "@/mocks/answers";
import { refuse, reply } from "@/mocks/handlers";
import { openApp } from "@/mocks/render";
import { server } from "@/mocks/server";

it("shows public tracks to a visitor, and plays one in a bar that stays", async () => {
  const router = openApp("/listen", null);
  await userEvent.click(await screen.findByRole("button", { name: "Play Salt Roads" }));
  const bar = await screen.findByRole("region", { name: "Player" });
  expect(within(bar).getByText("Salt Roads")).toBeVisible();
  await userEvent.click(within(bar).getByRole("link", { name: "Odile Marchetti" }));
  await expect.poll(() => router.state.location.pathname).toBe("/listen/creators/7");
  expect(screen.getByRole("region", { name: "Player" })).toBeVisible();
  await userEvent.click(within(bar).getByRole("button", { name: "Close the player" }));
  await expect.poll(() => screen.queryByRole("region", { name: "Player" })).toBeNull();
});

it("says what can't be loaded, and leaves the rest", async () => {
  server.use(http.get("*/api/v1/tracks", () => refuse(problem(503, "unavailable"))));
  openApp("/listen", null);
  expect(await screen.findByText(/missing a part it needs/)).toBeVisible();
  expect(await screen.findByRole("link", { name: "Teo Brandão" })).toBeVisible();
});

it("says that there is nothing yet", async () => {
  server.use(http.get("*/api/v1/tracks", () => reply([], { next_cursor: null })));
  openApp("/listen", null);
  expect(await screen.findByText("Nobody has published a track yet.")).toBeVisible();
});

it("sends a visitor who wants to follow to log in, and back", async () => {
  openApp("/listen", null);
  const [follow] = await screen.findAllByRole("link", { name: "Follow" });
  expect(follow).toHaveAttribute("href", "/login?next=%2Flisten");
});

it("follows a creator, but offers nobody to follow themselves", async () => {
  let followed = false;
  server.use(
    http.post("*/api/v1/creators/8/follow", () => {
      followed = true;
      return new HttpResponse(null, { status: 204 });
    }),
    http.get("*/api/v1/me/following", () =>
      reply(followed ? [{ creator_id: 8 }] : [], { next_cursor: null }),
    ),
  );
  openApp("/listen", "creator");
  const follow = await screen.findByRole("button", { name: "Follow" });
  await userEvent.click(follow);
  expect(await screen.findByRole("button", { name: "Following", pressed: true })).toBeVisible();
});
