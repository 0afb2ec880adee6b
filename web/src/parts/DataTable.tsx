import { useState, type Key, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

export interface Column<Row> {
  key: string;
  title: string;
  cell: (row: Row) => ReactNode;
  /** With it the column can be sorted; null stands last, whichever way. */
  sortBy?: (row: Row) => number | string | null;
  /** Numbers stand at the right, in figures of one width. */
  numeric?: boolean;
  /** Left out on a phone. */
  wide?: boolean;
  /** The cell that names the row. */
  heading?: boolean;
}

interface Sort {
  column: string;
  descending: boolean;
}

interface DataTableProps<Row> {
  /** What the table holds, for screen readers. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => Key;
  /** How it is sorted at first; else the rows' own order. */
  sort?: Sort;
  /** A cell for each column, under a divider. */
  totals?: readonly ReactNode[];
}

function sorted<Row>(
  rows: readonly Row[],
  column: Column<Row> | undefined,
  descending: boolean,
): readonly Row[] {
  const by = column?.sortBy;
  if (by === undefined) return rows;
  return rows.toSorted((a, b) => {
    const [x, y] = [by(a), by(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    const order = typeof x === "string" && typeof y === "string" ? x.localeCompare(y) : Number(x) - Number(y);
    return descending ? -order : order;
  });
}

/** Rows of 32 that sort by a click on a column's head. */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  rowKey,
  sort: initial,
  totals,
}: DataTableProps<Row>) {
  const [sort, setSort] = useState<Sort | undefined>(initial);
  const by = columns.find(({ key }) => key === sort?.column);
  const shown = sorted(rows, by, sort?.descending ?? false);
  const cellClass = ({ numeric, wide }: Column<Row>) =>
    `px-2 ${numeric ? "text-right tabular-nums" : "text-left"} ${wide ? "max-md:hidden" : ""}`;

  return (
    <div className="-mx-2 overflow-x-auto">
      <table className="w-full border-collapse">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="h-8 border-b text-12 text-ink3">
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                className={`font-normal ${cellClass(column)}`}
                aria-sort={by === column ? (sort?.descending ? "descending" : "ascending") : undefined}
              >
                {column.sortBy === undefined ? (
                  column.title
                ) : (
                  <SortButton column={column} sort={by === column ? sort : undefined} onSort={setSort} />
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={rowKey(row)} className="h-8 hover:bg-hover">
              {columns.map((column) =>
                column.heading ? (
                  <th key={column.key} scope="row" className={`font-medium ${cellClass(column)}`}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.key} className={cellClass(column)}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
        {totals !== undefined && (
          <tfoot>
            <tr className="h-8 border-t font-semibold">
              {columns.map((column, index) => (
                <td key={column.key} className={cellClass(column)}>
                  {totals[index]}
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

interface SortButtonProps<Row> {
  column: Column<Row>;
  sort: Sort | undefined;
  onSort: (sort: Sort) => void;
}

function SortButton<Row>({ column, sort, onSort }: SortButtonProps<Row>) {
  const { t } = useTranslation();
  // Numbers are asked for from the largest, names from A.
  const descending = sort === undefined ? (column.numeric ?? false) : !sort.descending;
  return (
    <button
      type="button"
      title={t(descending ? "table.sortDescending" : "table.sortAscending")}
      className={`inline-flex items-center gap-1 hover:text-ink ${sort === undefined ? "" : "font-semibold text-ink"}`}
      onClick={() => onSort({ column: column.key, descending })}
    >
      {sort !== undefined && (
        <span aria-hidden className="text-[0.6rem]">
          {sort.descending ? "▼" : "▲"}
        </span>
      )}
      {column.title}
    </button>
  );
}
