/** Numbers that a card has put together itself, written as the API writes its CSV. */

type Cell = string | number | null;

/** What a spreadsheet would run as a formula becomes text, by an apostrophe inside the quotes. */
const formula = /^[=+\-@\t\r]/;
const special = /[",\r\n]/;

function written(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const isFormula = formula.test(cell);
  if (!isFormula && !special.test(cell)) return cell;
  return `"${isFormula ? "'" : ""}${cell.replaceAll('"', '""')}"`;
}

/** RFC 4180: commas, CRLF, quotes doubled. */
export function csvOf(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(written).join(",")}\r\n`).join("");
}
