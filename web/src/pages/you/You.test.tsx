import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import { expect, it } from "vitest";
import { getSession } from "@/api/session";
import { account, listener, problem } from "@/mocks/answers";
import { refuse, reply } from "@/mocks/handlers";
import { openApp } from "@/mocks/render";
import { server } from "@/mocks/server";
import { accessTokenOf } from "@/mocks/token";

it("shows the account as it is", async () => {
  openApp("/you", "creator");
  expect(await screen.findByText("odile@example.org")).toBeVisible();
  expect(screen.getByLabelText("Name")).toHaveValue("Odile Marchetti");
  expect(screen.getByLabelText("Time zone")).toHaveValue("Europe/Paris");
  expect(screen.getByLabelText("Creator’s name")).toHaveValue("Odile M.");
  expect(screen.queryByRole("button", { name: "Become a creator" })).not.toBeInTheDocument();
});

it("says what failed when it can't be loaded, and tries again", async () => {
  server.use(http.get("*/api/v1/me", () => refuse(problem(503, "unavailable"))));
  openApp("/you", "creator");
  expect(await screen.findByText("Your account could not be loaded.")).toBeVisible();
  expect(screen.getByText("Code unavailable")).toBeVisible();
  server.resetHandlers();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("odile@example.org")).toBeVisible();
});

it("saves what was changed, and speaks the language that was chosen", async () => {
  let sent: unknown;
  server.use(
    http.patch("*/api/v1/me", async ({ request }) => {
      sent = await request.json();
      return reply({ ...account, ...(sent as object) });
    }),
  );
  openApp("/you", "creator");
  await userEvent.selectOptions(await screen.findByLabelText("Language"), "fr");
  const zones = screen.getByLabelText("Time zone");
  await within(zones).findByText("Kolkata");
  await userEvent.selectOptions(zones, "Asia/Kolkata");
  const form = screen.getByRole("region", { name: "Account" });
  await userEvent.click(within(form).getByRole("button", { name: "Save" }));
  expect(await screen.findByRole("heading", { name: "Vous" })).toBeVisible();
  expect(screen.getByText("Enregistré.")).toBeVisible();
  expect(sent).toEqual({ name: "Odile Marchetti", zone: "Asia/Kolkata", language: "fr" });
  expect(document.documentElement.lang).toBe("fr");
});

it("keeps the form and says why when saving is refused", async () => {
  server.use(http.patch("*/api/v1/me", () => refuse(problem(422, "invalid", "zone"))));
  openApp("/you", "creator");
  await screen.findByLabelText("Time zone");
  const form = screen.getByRole("region", { name: "Account" });
  await userEvent.click(within(form).getByRole("button", { name: "Save" }));
  await expect.poll(() => screen.getByLabelText("Time zone").getAttribute("aria-invalid")).toBe("true");
});

it("makes a listener a creator, and goes on under the new role", async () => {
  let isCreator = false;
  server.use(
    http.get("*/api/v1/me", () => reply(isCreator ? account : listener)),
    http.post("*/api/v1/me/creator", () => {
      isCreator = true;
      const access_token = accessTokenOf("creator");
      return reply({ creator_id: 7, name: "Odile M.", access_token, expires_in: 900 }, {}, { status: 201 });
    }),
  );
  const router = openApp("/you", "user");
  await userEvent.click(await screen.findByRole("button", { name: "Become a creator" }));
  expect(await screen.findByRole("heading", { name: "Tracks" })).toBeVisible();
  expect(router.state.location.pathname).toBe("/tracks");
  expect(getSession()?.role).toBe("creator");
});

it("paints the theme that was chosen, and follows the system again", async () => {
  openApp("/you", "creator");
  await userEvent.click(await screen.findByRole("radio", { name: "Dark" }));
  expect(document.documentElement).toHaveAttribute("data-theme", "dark");
  expect(localStorage.getItem("veza.theme")).toBe("dark");
  await userEvent.click(screen.getByRole("radio", { name: "As the system" }));
  expect(document.documentElement).not.toHaveAttribute("data-theme");
});

it("signs out, and forgets whose page it was", async () => {
  const router = openApp("/you", "creator");
  await userEvent.click(await screen.findByRole("button", { name: "Sign out" }));
  await expect.poll(() => router.state.location.pathname).toBe("/listen");
  expect(getSession()).toBeNull();
  expect(screen.queryByText("odile@example.org")).not.toBeInTheDocument();
});
