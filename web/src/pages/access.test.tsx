import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { listener, problem } from "@/mocks/answers";
import { refuse, reply } from "@/mocks/handlers";
import { openApp } from "@/mocks/render";
import { server } from "@/mocks/server";

describe("logging in", () => {
  async function logIn(address = "/login") {
    const router = openApp(address, null);
    await userEvent.type(await screen.findByLabelText("E-mail"), "odile@example.org");
    await userEvent.type(screen.getByLabelText("Password"), "a phrase of mine");
    await userEvent.click(screen.getByRole("button", { name: "Log in" }));
    return router;
  }

  it("leads back to the page that asked for it", async () => {
    const router = await logIn("/login?next=%2Ftracks");
    expect(await screen.findByRole("heading", { name: "Tracks" })).toBeVisible();
    expect(router.state.location.pathname).toBe("/tracks");
    expect(screen.getByRole("link", { name: "Analytics" })).toBeVisible();
  });

  it("says that e-mail and password don’t match, and keeps what was typed", async () => {
    server.use(http.post("*/api/v1/auth/login", () => refuse(problem(401, "bad_credentials"))));
    await logIn();
    expect(await screen.findByRole("alert")).toHaveTextContent("don’t match an account");
    expect(screen.getByLabelText("E-mail")).toHaveValue("odile@example.org");
  });

  it("says that there were too many attempts, and that the server is away", async () => {
    server.use(
      http.post("*/api/v1/auth/login", () => refuse(problem(429, "too_many_requests")), { once: true }),
    );
    await logIn();
    expect(await screen.findByRole("alert")).toHaveTextContent("Too many attempts.");
    server.use(http.post("*/api/v1/auth/login", () => HttpResponse.error()));
    await userEvent.click(screen.getByRole("button", { name: "Log in" }));
    expect(await screen.findByText(/can’t be reached/)).toBeVisible();
  });

  it("asks for what is missing before it sends anything", async () => {
    openApp("/login", null);
    await userEvent.click(await screen.findByRole("button", { name: "Log in" }));
    expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription("Enter your e-mail.");
    expect(screen.getByLabelText("E-mail")).toHaveFocus();
    expect(screen.getByLabelText("Password")).toBeInvalid();
  });

  it("shows the password to whoever wants to see it", async () => {
    openApp("/login", null);
    const password = await screen.findByLabelText("Password");
    expect(password).toHaveAttribute("type", "password");
    await userEvent.click(screen.getByRole("button", { name: "Show the password" }));
    expect(password).toHaveAttribute("type", "text");
  });
});

describe("signing up", () => {
  async function signUp() {
    const router = openApp("/signup", null);
    await userEvent.type(await screen.findByLabelText("Name"), " Teo Brandão ");
    await userEvent.type(screen.getByLabelText("E-mail"), "teo@example.org");
    await userEvent.type(screen.getByLabelText("Password"), "a phrase of mine");
    await userEvent.click(screen.getByRole("button", { name: "Sign up" }));
    return router;
  }

  it("makes the account, in this page’s language and this device’s zone", async () => {
    const sent: unknown[] = [];
    server.use(
      http.post("*/api/v1/auth/register", async ({ request }) => {
        sent.push(await request.json());
        return reply(listener, {}, { status: 201 });
      }),
      http.patch("*/api/v1/me", async ({ request }) => {
        sent.push(await request.json());
        return reply({ ...listener, zone: "Asia/Kolkata" });
      }),
    );
    const router = await signUp();
    await expect.poll(() => router.state.location.pathname).not.toBe("/signup");
    expect(sent).toEqual([
      { email: "teo@example.org", name: "Teo Brandão", password: "a phrase of mine" },
      { language: "en", zone: expect.stringMatching(/^UTC$|\//) as unknown },
    ]);
  });

  it("says beside the e-mail that it has an account", async () => {
    server.use(http.post("*/api/v1/auth/register", () => refuse(problem(409, "email_taken", "email"))));
    await signUp();
    await expect.poll(() => screen.getByLabelText("E-mail").getAttribute("aria-invalid")).toBe("true");
    expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription(/exists already/);
  });

  it.each([
    ["E-mail", "teo", "Enter an e-mail such as ada@example.org."],
    ["Password", "short", /Use at least 8 characters\./],
  ])("refuses the %s '%s' itself", async (label, text, words) => {
    openApp("/signup", null);
    await userEvent.type(await screen.findByLabelText(label), text);
    await userEvent.click(screen.getByRole("button", { name: "Sign up" }));
    expect(screen.getByLabelText(label)).toHaveAccessibleDescription(words);
  });
});

describe("pages by role", () => {
  it("a visitor is sent to log in, and back", async () => {
    const router = openApp("/tracks/new?x=1", null);
    expect(await screen.findByRole("heading", { name: "Log in" })).toBeVisible();
    expect(router.state.location.search).toBe("?next=%2Ftracks%2Fnew%3Fx%3D1");
  });

  it("whoever’s session ends in the middle is sent to log in, too", async () => {
    server.use(
      http.get("*/api/v1/tracks", () => refuse(problem(401, "unauthenticated"))),
      http.post("*/api/v1/auth/refresh", () => refuse(problem(401, "unauthenticated"))),
    );
    const router = openApp("/tracks", "creator");
    expect(await screen.findByRole("heading", { name: "Log in" })).toBeVisible();
    expect(router.state.location.search).toBe("?next=%2Ftracks");
  });

  it("a listener learns how to become a creator", async () => {
    openApp("/tracks", "user");
    expect(await screen.findByRole("heading", { name: "Not for this account" })).toBeVisible();
    expect(screen.getByRole("link", { name: "Go to your page" })).toHaveAttribute("href", "/you");
  });

  it("an administrator is not told to become what they can’t", async () => {
    openApp("/tracks", "admin");
    expect(await screen.findByText(/this account isn’t one/)).toBeVisible();
    expect(screen.queryByRole("link", { name: "Go to your page" })).not.toBeInTheDocument();
  });

  it.each([
    ["user", ["Listen", "Market"]],
    ["creator", ["Listen", "Market", "Analytics", "Sell", "Tracks"]],
    ["admin", ["Listen", "Market", "Analytics", "Admin"]],
  ] as const)("the rail of a %s has its own items", async (role, items) => {
    openApp("/you", role);
    const rail = await screen.findByRole("navigation", { name: "Main" });
    const names = [...rail.querySelectorAll("a")].map((link) => link.textContent);
    expect(names.filter((name) => name !== "" && !name.endsWith("You"))).toEqual(items);
  });

  it("an address that leads nowhere says so, in the frame", async () => {
    openApp("/nowhere", null);
    expect(await screen.findByRole("heading", { name: "Not found" })).toBeVisible();
    expect(document.title).toBe("Not found · Veza");
  });
});
