import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { renderPart } from "@/mocks/render";
import { Breakdown, BreakdownRow } from "./Breakdown";
import { Button } from "./Button";
import { Change } from "./Change";
import { DataTable, type Column } from "./DataTable";
import { Dialog } from "./Dialog";
import { TextField } from "./Field";
import { Segmented } from "./Segmented";
import { Tile } from "./Tile";
import { ZoneOptions } from "./ZoneOptions";

describe("Button", () => {
  it("sends no form unless it is the form's own", () => {
    renderPart(<Button>Go</Button>);
    expect(screen.getByRole("button")).toHaveAttribute("type", "button");
  });

  it("keeps its focus but ignores clicks while its action is under way", async () => {
    const onClick = vi.fn();
    renderPart(
      <Button pending onClick={onClick}>
        Save
      </Button>,
    );
    const button = screen.getByRole("button");
    await userEvent.click(button);
    expect(onClick).not.toHaveBeenCalled();
    expect(button).toHaveFocus();
    expect(button).toHaveAttribute("aria-busy", "true");
  });
});

describe("TextField", () => {
  it("ties hint and error to its control", () => {
    renderPart(<TextField label="Title" hint="As on the cover" error="Give it a title." />);
    const input = screen.getByLabelText("Title");
    expect(input).toBeRequired();
    expect(input).toBeInvalid();
    expect(input).toHaveAccessibleDescription("Give it a title. As on the cover");
  });

  it("says when it may stay empty", () => {
    renderPart(<TextField label="Released" optional />);
    expect(screen.getByText("optional")).toBeVisible();
    expect(screen.getByLabelText(/Released/)).not.toBeRequired();
  });
});

describe("Dialog", () => {
  it("closes by its cross", async () => {
    const onClose = vi.fn();
    renderPart(
      <Dialog title="Keys" onClose={onClose}>
        text
      </Dialog>,
    );
    expect(screen.getByRole("dialog", { name: "Keys" })).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Close" }));
    expect(onClose).toHaveBeenCalledOnce();
  });
});

describe("Change", () => {
  it("is an arrow, a sign and words", () => {
    const { container } = renderPart(<Change value={0.12} against="against the 28 days before" />);
    expect(container.textContent).toBe("▲+12\u202f% against the 28 days before");
  });

  it("of a number that should be small is bad when it grows", () => {
    renderPart(<Change value={0.011} unit="points" good="down" />);
    expect(screen.getByText(/\+1\.1 points/)).toHaveClass("text-down");
  });

  it("is not 0 when there is nothing to compare", () => {
    renderPart(<Change value={null} />);
    expect(screen.getByText("nothing to compare")).toBeVisible();
  });
});

describe("Tile", () => {
  it("draws what is unknown as a dash, never as 0", () => {
    renderPart(<Tile label="Completion" value={null} />);
    expect(screen.getByText("–")).toBeVisible();
    expect(screen.queryByText("0")).not.toBeInTheDocument();
  });

  it("is a button that says whether it is chosen", async () => {
    const onSelect = vi.fn();
    renderPart(<Tile label="Plays" value="12.4 k" exact="12,408" selected onSelect={onSelect} />);
    const tile = screen.getByRole("button", { name: /Plays/, pressed: true });
    expect(screen.getByTitle("12,408")).toHaveTextContent("12.4 k");
    await userEvent.click(tile);
    expect(onSelect).toHaveBeenCalledOnce();
  });
});

describe("Breakdown", () => {
  const columns = { label: "Source", share: "Share", count: "Plays" };

  it("is a table whose rows are filters", () => {
    renderPart(
      <Breakdown columns={columns}>
        <BreakdownRow
          label="Instagram"
          hint="social"
          share={0.22}
          count={2_730}
          largest={2_730}
          to="?source=social%2Finstagram"
          toLabel="Only plays from Instagram"
        />
        <BreakdownRow label="Unknown" share={null} count={174} largest={2_730} rest />
      </Breakdown>,
    );
    const row = screen.getByRole("row", { name: /Instagram/ });
    expect(row).toHaveTextContent("2,730");
    expect(within(row).getByRole("link")).toHaveAttribute("href", "/?source=social%2Finstagram");
    const unknown = screen.getByRole("row", { name: /Unknown/ });
    expect(within(unknown).getByRole("cell", { name: "–" })).toBeVisible();
    expect(within(unknown).queryByRole("link")).not.toBeInTheDocument();
  });
});

const rowNames = () => screen.getAllByRole("rowheader").map((cell) => cell.textContent);

describe("DataTable", () => {
  interface Place {
    name: string;
    plays: number | null;
  }
  const columns: Column<Place>[] = [
    { key: "name", title: "Country", cell: ({ name }) => name, sortBy: ({ name }) => name, heading: true },
    {
      key: "plays",
      title: "Plays",
      cell: ({ plays }) => plays ?? "–",
      sortBy: ({ plays }) => plays,
      numeric: true,
    },
  ];
  const rows = [
    { name: "France", plays: 3 },
    { name: "Chad", plays: null },
    { name: "Germany", plays: 7 },
  ];
  it("sorts by a column, then the other way, and leaves the unknown last both times", async () => {
    renderPart(<DataTable caption="Countries" columns={columns} rows={rows} rowKey={({ name }) => name} />);
    expect(rowNames()).toEqual(["France", "Chad", "Germany"]);
    await userEvent.click(screen.getByRole("button", { name: /Plays/ }));
    expect(rowNames()).toEqual(["Germany", "France", "Chad"]);
    expect(screen.getByRole("columnheader", { name: /Plays/ })).toHaveAttribute("aria-sort", "descending");
    await userEvent.click(screen.getByRole("button", { name: /Plays/ }));
    expect(rowNames()).toEqual(["France", "Germany", "Chad"]);
  });

  it("sets totals under their columns", () => {
    renderPart(
      <DataTable
        caption="Countries"
        columns={columns}
        rows={rows}
        rowKey={({ name }) => name}
        totals={["Total", 10]}
      />,
    );
    expect(screen.getByRole("row", { name: "Total 10" })).toBeVisible();
  });
});

it("Segmented is a group of radio buttons", async () => {
  const onChange = vi.fn();
  const options = [
    { value: "day", label: "Day" },
    { value: "week", label: "Week" },
  ] as const;
  renderPart(<Segmented label="Bucket" options={options} value="day" onChange={onChange} />);
  expect(screen.getByRole("radio", { name: "Day" })).toBeChecked();
  await userEvent.click(screen.getByRole("radio", { name: "Week" }));
  expect(onChange).toHaveBeenCalledWith("week");
});

it("ZoneOptions lead with the city, and keep a chosen zone that the browser doesn’t list", () => {
  renderPart(
    <select defaultValue="Africa/Timbuktu">
      <ZoneOptions chosen="Africa/Timbuktu" />
    </select>,
  );
  expect(screen.getByRole("option", { name: "Buenos Aires, Argentina" })).toHaveValue(
    "America/Argentina/Buenos_Aires",
  );
  expect(screen.getByRole("option", { name: "Kolkata" })).toHaveValue("Asia/Kolkata");
  expect(screen.getByRole("combobox")).toHaveValue("Africa/Timbuktu");
});
