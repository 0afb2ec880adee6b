import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { ApiProblem } from "@/api/problem";
import { renderPart } from "@/mocks/render";
import { Card, type CardState } from "./Card";

function renderCard(state?: CardState) {
  return renderPart(
    <Card
      title="Coming from where?"
      sentence="Instagram leads with 22 % of plays."
      state={state}
      tools={<button type="button">CSV</button>}
      foot={<a href="/all">All sources</a>}
    >
      <p>the rows</p>
    </Card>,
  );
}

it("shows its sentence, its tools, its data and its foot when they are there", () => {
  renderCard();
  expect(screen.getByRole("region", { name: "Coming from where?" })).toBeVisible();
  expect(screen.getByText("Instagram leads with 22 % of plays.")).toBeVisible();
  expect(screen.getByText("the rows")).toBeVisible();
  expect(screen.getByRole("button", { name: "CSV" })).toBeVisible();
  expect(screen.getByRole("link", { name: "All sources" })).toBeVisible();
});

it("is busy while loading, under the same title, and shows no number", () => {
  renderCard({ kind: "loading" });
  expect(screen.getByRole("region", { name: "Coming from where?" })).toHaveAttribute("aria-busy", "true");
  expect(screen.getByRole("status", { name: "Loading" })).toBeInTheDocument();
  expect(screen.queryByText("the rows")).not.toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "CSV" })).not.toBeInTheDocument();
});

it("says why it is empty, and what to do", () => {
  renderCard({
    kind: "empty",
    sentence: "No plays yet.",
    why: "Nothing was reported.",
    action: <button type="button">Send a test play</button>,
    foot: "First data: not yet",
  });
  expect(screen.getByText("No plays yet.")).toBeVisible();
  expect(screen.getByText("Nothing was reported.")).toBeVisible();
  expect(screen.getByRole("button", { name: "Send a test play" })).toBeVisible();
  expect(screen.getByText("First data: not yet")).toBeVisible();
  expect(screen.queryByText("the rows")).not.toBeInTheDocument();
});

it("says what failed with its code, and tries again", async () => {
  const retry = vi.fn();
  const error = new ApiProblem(503, "query_timeout", "the query took longer than is allowed");
  renderCard({ kind: "error", sentence: "The sources could not be loaded.", error, retry });
  expect(screen.getByRole("alert")).toHaveTextContent("The report took too long and was stopped.");
  expect(screen.getByText("Code query_timeout")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(retry).toHaveBeenCalledOnce();
});

it("keeps the last good numbers when they are stale, and says as of when", () => {
  renderCard({ kind: "stale", title: "As of 13:46.", note: "Newer plays are not counted yet." });
  expect(screen.getByRole("status")).toHaveTextContent("As of 13:46. Newer plays are not counted yet.");
  expect(screen.getByText("the rows")).toBeVisible();
});

it("says how much is missing when there is too little to tell", () => {
  renderCard({
    kind: "notEnough",
    sentence: "Not enough data yet: 11 of 14 days.",
    why: "A projection needs 14 complete days.",
    from: "First projection on Thu 26 Nov.",
  });
  expect(screen.getByText("Not enough data yet: 11 of 14 days.")).toBeVisible();
  expect(screen.getByText("First projection on Thu 26 Nov.")).toBeVisible();
  expect(screen.queryByText("the rows")).not.toBeInTheDocument();
});
