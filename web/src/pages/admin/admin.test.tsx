import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { away, dispute, pipeline, retention } from "@/mocks/admin";
import { now } from "@/mocks/analytics";
import { problem } from "@/mocks/answers";
import { refuse, reply } from "@/mocks/handlers";
import { openApp } from "@/mocks/render";
import { server } from "@/mocks/server";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now });
});
afterEach(() => {
  vi.useRealTimers();
});

const card = (name: string) => screen.findByRole("region", { name });
const path = (report: string) => `*/api/v1/admin/analytics/${report}`;

describe("the health page", () => {
  it("shows that every report is accounted for, and why some don’t count", async () => {
    openApp("/admin", "admin");
    const balance = await card("Is every report accounted for?");
    expect(await within(balance).findByText("difference 0")).toBeVisible();
    expect(within(balance).getByText("1,284,906")).toBeVisible();
    expect(within(balance).getByRole("row", { name: /heard too short/ })).toHaveTextContent("79,812");
    expect(within(balance).getByRole("row", { name: /not a report/ })).toHaveTextContent("5,358");
  });

  it("says how many reports are missing where the balance does not close", async () => {
    const balance = { ...pipeline.balance, value: { ...pipeline.balance.value, difference: 3 } };
    server.use(http.get(path("pipeline"), () => reply({ ...pipeline, balance })));
    openApp("/admin", "admin");
    expect(await screen.findByText(/^No: 3 reports since/)).toBeVisible();
    expect(screen.getByText("difference 3")).toBeVisible();
  });

  it("says which card misses what, and keeps the numbers of the others", async () => {
    server.use(
      http.get(path("performance"), () => reply(away("prometheus"))),
      http.get(path("pipeline"), () =>
        reply({ ...pipeline, balance: away("warehouse"), refused: away("prometheus") }),
      ),
    );
    openApp("/admin", "admin");
    const balance = await card("Is every report accounted for?");
    expect(await within(balance).findByText("The warehouse doesn’t answer.")).toBeVisible();
    expect(within(balance).getByText(/The balance is unknown, not zero\./)).toBeVisible();
    const times = await card("How fast are the answers?");
    expect(await within(times).findByText("Prometheus doesn’t answer.")).toBeVisible();
    const partitions = await card("Is the pipeline keeping up?");
    expect(within(partitions).getByText(/214 records wait\./)).toBeVisible();
    expect(within(partitions).queryByRole("alert")).toBeNull();
  });

  it("fails card by card when the answer itself can’t be had", async () => {
    server.use(http.get(path("pipeline"), () => refuse(problem(500, "internal"))));
    openApp("/admin", "admin");
    const balance = await card("Is every report accounted for?");
    expect(await within(balance).findByText("The balance could not be loaded.")).toBeVisible();
    const times = await card("How fast are the answers?");
    expect(await within(times).findByRole("row", { name: /analytics\/overview/ })).toHaveTextContent(/87\.4/);
  });

  it("draws no time where there was no traffic", async () => {
    openApp("/admin", "admin");
    const times = await card("How fast are the answers?");
    const row = await within(times).findByRole("row", { name: /\/api\/v1\/tracks/ });
    expect(within(row).getAllByText("–")).toHaveLength(3);
  });

  it("opens a record that could not be read: its bytes, what is wrong, what to do", async () => {
    openApp("/admin", "admin");
    const records = await card("Which records could not be read?");
    await userEvent.click(await within(records).findByText("not a report"));
    expect(within(records).getByText("63 61 66 FF")).toBeVisible();
    expect(within(records).getByText("caf·")).toBeVisible();
    expect(within(records).getByText(/See which producers may write/)).toBeVisible();
  });

  it("is glad where there is none", async () => {
    server.use(http.get(path("pipeline/rejected"), () => reply([], { next_cursor: null })));
    openApp("/admin", "admin");
    const records = await card("Which records could not be read?");
    expect(await within(records).findByText(/Every record in the topic could be read/)).toBeVisible();
  });

  it("looks for a play by its id, and says what is wrong with one that is none", async () => {
    openApp("/admin", "admin");
    const trace = await card("What became of a play?");
    const field = within(trace).getByLabelText("Id of the play");
    await userEvent.type(field, "7{Enter}");
    expect(within(trace).getByText(/This is not an id/)).toBeVisible();
    await userEvent.clear(field);
    await userEvent.type(field, "0b5c1f3e-8a44-4f0e-9f4e-2f6f0c1d7a10{Enter}");
    expect(await within(trace).findByText("Nothing is stored of this play.")).toBeVisible();
  });
});

describe("the users page", () => {
  it("shows the last complete day, against as many days before as the range has", async () => {
    openApp("/admin/users", "admin");
    expect(await screen.findByText("Active in 30 days")).toBeVisible();
    expect(await screen.findAllByText("against 25 Oct", { selector: "b + span" })).toHaveLength(4);
    const course = await card("Who is active in a day?");
    expect(await within(course).findByText(/^Today until now: 3,/)).toBeInTheDocument();
  });

  it("says not yet, from when, and 0 only where nobody came back", async () => {
    openApp("/admin/users", "admin");
    const triangle = await card("Do people come back?");
    const row = await within(triangle).findByRole("row", { name: /19.*25 Oct/ });
    expect(within(row).getByText("not yet, from 25 Nov")).toBeVisible();
    expect(within(row).getByText(/^0\.0.%$/)).toBeVisible();
    expect(await screen.findByText("Most who leave do so in the first week.")).toBeVisible();
  });

  it("says that nobody has signed up", async () => {
    server.use(http.get(path("retention"), () => reply({ ...retention, cohorts: [] })));
    openApp("/admin/users", "admin");
    const triangle = await card("Do people come back?");
    expect(await within(triangle).findByText("Nobody has signed up in this time.")).toBeVisible();
  });

  it("keeps the others when one fails", async () => {
    server.use(http.get(path("users"), () => refuse(problem(500, "internal"))));
    openApp("/admin/users", "admin");
    expect(await screen.findByText("The users could not be loaded.")).toBeVisible();
    const triangle = await card("Do people come back?");
    expect(await within(triangle).findByText("not yet, from 25 Nov")).toBeVisible();
  });

  it("says that listeners are unknown while the warehouse is away", async () => {
    server.use(
      http.get(path("users"), () =>
        reply({
          latest: null,
          days: [],
          listeners: { status: "unavailable", missing: "warehouse", why: "it does not answer" },
        }),
      ),
    );
    openApp("/admin/users", "admin");
    const shown = await screen.findByRole("radio", { name: "Listeners" }, { timeout: 5_000 });
    await userEvent.click(shown);
    const course = await card("How many listen, with an account or without?");
    expect(within(course).getByText("The warehouse doesn’t answer.")).toBeVisible();
  });
});

describe("the transactions page", () => {
  it("sums complete days, and tells them by product and seller", async () => {
    openApp("/admin/transactions?range=7d", "admin");
    expect(await screen.findByText(/An order is 10\.80.€ on average\./)).toBeVisible();
    const groups = await card("What and who sells?");
    expect(await within(groups).findByRole("row", { name: /Salt Roads EP/ })).toHaveTextContent("12");
    await userEvent.click(within(groups).getByRole("radio", { name: "Seller" }));
    expect(await within(groups).findByRole("row", { name: /Odile M\./ })).toBeVisible();
  });

  it("says that nothing was sold", async () => {
    server.use(
      http.get(path("transactions"), () => HttpResponse.json({ data: { currencies: [] }, meta: {} })),
    );
    openApp("/admin/transactions", "admin");
    expect(await screen.findByText("Nothing was sold or given back.")).toBeVisible();
  });
});

describe("disputes", () => {
  const one = () => server.use(http.get("*/api/v1/marketplace/disputes/:id", () => reply(dispute)));

  it("lists those that are not over, and says where nobody waits", async () => {
    openApp("/admin/disputes", "admin");
    const row = await screen.findByRole("row", { name: /Salt Roads EP/ });
    expect(row).toHaveTextContent("Seller has answered");
    server.use(http.get("*/api/v1/admin/disputes", () => reply([], { next_cursor: null })));
    await userEvent.click(screen.getByRole("radio", { name: "Over" }));
    expect(await screen.findByText("No dispute has been decided or withdrawn yet.")).toBeVisible();
  });

  it("tells what happened, and decides with an amount that is left and a reason", async () => {
    one();
    const sent: unknown[] = [];
    server.use(
      http.post("*/api/v1/admin/disputes/:id/resolve", async ({ request }) => {
        sent.push(await request.json());
        return reply({ ...dispute, status: "resolved", resolution: "refund_partial", actions: [] });
      }),
    );
    openApp(`/admin/disputes/${dispute.id}`, "admin");
    expect(await screen.findByText("The third file stops after a minute.")).toBeVisible();
    expect(screen.getByText("I have uploaded it again.")).toBeVisible();
    await userEvent.click(screen.getByRole("radio", { name: "Give back a part" }));
    await userEvent.type(screen.getByLabelText("Amount in EUR, tax included"), "20");
    await userEvent.click(screen.getByRole("button", { name: "Decide" }));
    expect(screen.getByText(/This is more than is left: 14\.39/)).toBeVisible();
    expect(screen.getByText("Say why.")).toBeVisible();
    await userEvent.clear(screen.getByLabelText("Amount in EUR, tax included"));
    await userEvent.type(screen.getByLabelText("Amount in EUR, tax included"), "4.50");
    await userEvent.type(screen.getByLabelText("Why"), "One file of three.");
    await userEvent.click(screen.getByRole("button", { name: "Decide" }));
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(sent).toEqual([{ resolution: "refund_partial", amount_minor: 450, reason: "One file of three." }]);
  });

  it("says that a dispute could not be loaded", async () => {
    server.use(http.get("*/api/v1/marketplace/disputes/:id", () => refuse(problem(404, "not_found"))));
    openApp(`/admin/disputes/${dispute.id}`, "admin");
    expect(await screen.findByText("The dispute could not be loaded.")).toBeVisible();
  });
});

it("is for administrators", async () => {
  openApp("/admin", "creator");
  expect(await screen.findByText("Not for this account")).toBeVisible();
});
