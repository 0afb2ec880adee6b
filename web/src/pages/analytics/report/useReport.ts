import { useLocation, useNavigate } from "react-router";
import { useZone } from "@/api/account";
import { toggled, type ChosenFilter } from "./filters";
import { changed, readReport, type Report, type ReportChange } from "./report";
import { useMinute } from "./useMinute";

/** The parameter that opens the drawer of plays; its value narrows the report further, as a query of its own. */
export const playsParameter = "plays";

/** What the plays behind a number have in common besides the report: `{ country: "FR" }`, `{ skipped: "true" }`. */
export type PlaysBehind = Readonly<Record<string, string | readonly string[]>>;

interface ReportLinks {
  report: Report;
  /** The query of the address, to be kept by links to other tabs: `?range=7d`, or empty. */
  search: string;
  /** Where a change leads. */
  hrefOf: (change: ReportChange) => string;
  /** Where the click on a row leads: its filter chosen, or let go. */
  hrefOfFilter: (filter: ChosenFilter) => string;
  /** Where the click on a number leads: the plays behind it. Null closes the drawer. */
  hrefOfPlays: (behind: PlaysBehind | null) => string;
  /** Goes where a change leads; the step back leads to what was before. */
  change: (change: ReportChange) => void;
}

/** The report that the address describes, and the addresses of others. */
export function useReport(): ReportLinks {
  const zone = useZone();
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  const parameters = new URLSearchParams(search);
  const report = readReport(parameters, zone, useMinute());
  const href = (next: URLSearchParams) => (next.size === 0 ? pathname : `${pathname}?${next}`);

  const hrefOf = (change: ReportChange) => href(changed(parameters, change));
  return {
    report,
    search: withoutPlays(parameters),
    hrefOf,
    hrefOfFilter: (filter) => hrefOf({ filters: toggled(report.filters, filter) }),
    hrefOfPlays: (behind) => {
      const next = new URLSearchParams(search);
      if (behind === null) next.delete(playsParameter);
      else next.set(playsParameter, queryOf(behind));
      return href(next);
    },
    change: (next) => void navigate(hrefOf(next), { preventScrollReset: true }),
  };
}

function queryOf(behind: PlaysBehind): string {
  const pairs = Object.entries(behind).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, value]),
  );
  return new URLSearchParams(pairs as string[][]).toString();
}

function withoutPlays(parameters: URLSearchParams): string {
  const kept = new URLSearchParams(parameters);
  kept.delete(playsParameter);
  return kept.size === 0 ? "" : `?${kept}`;
}
