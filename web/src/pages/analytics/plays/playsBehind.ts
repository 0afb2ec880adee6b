import type { paths } from "@/api/schema";
import { filterNames, type ChosenFilter } from "../report/filters";
import { reportParameters, type Report } from "../report/report";

type PlaysParameters = NonNullable<paths["/api/v1/analytics/plays"]["get"]["parameters"]["query"]>;
type Outcome = NonNullable<PlaysParameters["outcome"]>[number];
export type Reason = NonNullable<PlaysParameters["reason"]>[number];

/** What can become of a report, in the order of its frequency. */
export const everyOutcome = [
  "counted",
  "continued",
  "excluded",
  "duplicate",
] as const satisfies readonly Outcome[];

/** Why a report may not count. */
export const reasons = [
  "too_short",
  "bot",
  "own_play",
  "already_counted",
  "impossible_time",
  "unknown_track",
] as const satisfies readonly Reason[];

const pageSize = 50;

/** The request for the plays behind a number: the report, narrowed by what the number is of. */
export function playsParameters(report: Report, behind: URLSearchParams): PlaysParameters {
  const narrowed: Record<string, string[]> = {};
  for (const name of filterNames) {
    const values = behind.getAll(name);
    if (values.length > 0) narrowed[name] = values;
  }
  const { bucket: _, ...shared } = reportParameters(report);
  const outcome = everyOutcome.filter((candidate) => behind.getAll("outcome").includes(candidate));
  const reason = reasons.filter((candidate) => behind.getAll("reason").includes(candidate));
  const from = behind.get("from");
  const to = behind.get("to");
  const received_from = behind.get("received_from");
  const received_to = behind.get("received_to");
  return {
    ...shared,
    ...narrowed,
    ...(from !== null && to !== null && { from, to }),
    ...(outcome.length > 0 && { outcome }),
    ...(reason.length > 0 && { reason }),
    ...(received_from !== null && { received_from }),
    ...(received_to !== null && { received_to }),
    ...(behind.get("heard") === "true" && { heard: true }),
    ...(behind.get("completed") === "true" && { completed: true }),
    ...(behind.get("skipped") === "true" && { skipped: true }),
    limit: pageSize,
  };
}

/** The filters that the number adds to the report's. */
export function describe(behind: URLSearchParams): ChosenFilter[] {
  return filterNames.flatMap((name) => behind.getAll(name).map((value) => ({ name, value })));
}

/** Numbers that are made of rows of their own kind. */
const ownKinds = ["completed", "skipped", "heard"] as const;

/** What kind of rows a number is made of, for the drawer's title. */
export function kindOf(behind: URLSearchParams): (typeof ownKinds)[number] | "all" | Outcome {
  const own = ownKinds.find((kind) => behind.has(kind));
  if (own !== undefined) return own;
  const outcomes = everyOutcome.filter((outcome) => behind.getAll("outcome").includes(outcome));
  const [only = "counted", ...more] = outcomes;
  return more.length === 0 ? only : "all";
}
