/** The reports of the API. Each is asked for on its own, so that one that fails leaves the others whole. */
import {
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useQuery,
  type UseQueryResult,
} from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";
import type { components, paths } from "@/api/schema";
import { boundsOf, type Bounds, type Period } from "./period";
import { filterParameters, reportParameters, type Report } from "./report";

type Schemas = components["schemas"];
export type ReportMeta = Schemas["ReportMeta"];
export type ScopeMeta = Schemas["ScopeMeta"];
export type Measures = Schemas["Measures"];
export type Counts = Schemas["Counts"];
export type Rest = Schemas["Rest"];
export type Entry = Schemas["Entry"];
export type PlayReport = Schemas["PlayReport"];

/** What every report answers. */
export interface Answer<Data, Meta extends ScopeMeta = ScopeMeta> {
  data: Data;
  meta: Meta;
}
export type ReportQuery<Data, Meta extends ScopeMeta = ScopeMeta> = UseQueryResult<Answer<Data, Meta>>;
export type Overview = Schemas["Overview"];
export type Geography = Schemas["Geography"];
export type Demographics = Schemas["Demographics"];
export type TrafficSources = Schemas["TrafficSources"];
export type Tracks = Schemas["Tracks"];
export type Excluded = Schemas["Excluded"];
export type Live = Schemas["Live"];
export type Comparison = Schemas["Comparison"];
export type ComparisonMeta = Schemas["ComparisonMeta"];

/** An answer as JSON: a report is CSV only to those who ask for it. */
async function jsonOf<Body>(call: Parameters<typeof answerOf<Body>>[0]): Promise<Exclude<Body, string>> {
  return (await answerOf(call)) as Exclude<Body, string>;
}

/** The beginning of every report's key: what counts again when something new was heard. */
export const reportsKey = ["analytics", "reports"] as const;

/** Reports of the running day go on by themselves this often, and at once when the live count moves. */
const refreshMs = 20_000;
/** The live count; a play is to be seen within 3 s of its report. */
const liveMs = 1_000;
/** The map asks for every country, and a tab for every entry. */
export const everything = 300;

/** While other parameters are on their way, the numbers before them stay, marked as old. */
const shared = { placeholderData: keepPreviousData, refetchInterval: refreshMs };

/** How a report is asked for otherwise than usual. */
interface Asked {
  /** Over another range than the report's own. */
  bounds?: Bounds;
  /** Not yet, where it isn't wanted or its range isn't known. */
  enabled?: boolean;
}

export const overviewQuery = (report: Report, bounds?: Bounds) => {
  const query = reportParameters(report, bounds);
  return queryOptions({
    queryKey: [...reportsKey, "overview", query],
    queryFn: ({ signal }) => jsonOf(api.GET("/api/v1/analytics/overview", { params: { query }, signal })),
  });
};

export function useOverview(report: Report, { bounds, enabled = true }: Asked = {}): ReportQuery<Overview> {
  return useQuery({ ...overviewQuery(report, bounds), ...shared, enabled });
}

export function useGeography(
  report: Report,
  limit: number,
  { bounds, enabled = true }: Asked = {},
): ReportQuery<Geography> {
  const query = { ...reportParameters(report, bounds), limit };
  return useQuery({
    ...shared,
    enabled,
    queryKey: [...reportsKey, "geography", query],
    queryFn: ({ signal }) => jsonOf(api.GET("/api/v1/analytics/geography", { params: { query }, signal })),
  });
}

export function useDemographics(
  report: Report,
  limit: number,
  { bounds, enabled = true, versions = false }: Asked & { versions?: boolean } = {},
): ReportQuery<Demographics> {
  const query = { ...reportParameters(report, bounds), limit, ...(versions && { versions }) };
  return useQuery({
    ...shared,
    enabled,
    queryKey: [...reportsKey, "demographics", query],
    queryFn: ({ signal }) => jsonOf(api.GET("/api/v1/analytics/demographics", { params: { query }, signal })),
  });
}

export function useTrafficSources(
  report: Report,
  limit: number,
  { bounds, enabled = true }: Asked = {},
): ReportQuery<TrafficSources> {
  const query = { ...reportParameters(report, bounds), limit };
  return useQuery({
    ...shared,
    enabled,
    queryKey: [...reportsKey, "traffic-sources", query],
    queryFn: ({ signal }) =>
      jsonOf(api.GET("/api/v1/analytics/traffic-sources", { params: { query }, signal })),
  });
}

export const tracksQuery = (report: Report, limit: number, bounds?: Bounds) => {
  const query = { ...reportParameters(report, bounds), limit };
  return queryOptions({
    queryKey: [...reportsKey, "tracks", query],
    queryFn: ({ signal }) => jsonOf(api.GET("/api/v1/analytics/tracks", { params: { query }, signal })),
  });
};

export function useTracksReport(
  report: Report,
  limit: number,
  { bounds, enabled = true }: Asked = {},
): ReportQuery<Tracks> {
  return useQuery({ ...tracksQuery(report, limit, bounds), ...shared, enabled });
}

/** Each track's plays by days since its release, whatever the range. */
export function useReleases(report: Report, limit: number, days: number): ReportQuery<Tracks> {
  const query = { ...reportParameters(report), limit, align: "release" as const, days };
  return useQuery({
    ...shared,
    queryKey: [...reportsKey, "releases", query],
    queryFn: ({ signal }) => jsonOf(api.GET("/api/v1/analytics/tracks", { params: { query }, signal })),
  });
}

/** What became of all reports, and why some don't count; those of bots too, unless the report says otherwise. */
export function useExcluded(report: Report): ReportQuery<Excluded> {
  const query = reportParameters(report);
  return useQuery({
    ...shared,
    queryKey: [...reportsKey, "excluded", query],
    queryFn: ({ signal }) => jsonOf(api.GET("/api/v1/analytics/excluded", { params: { query }, signal })),
  });
}

type CompareParameters = paths["/api/v1/analytics/compare"]["get"]["parameters"]["query"];

/** The parameters that lay two periods beside each other. */
export function compareParameters(
  report: Report,
  [first, second]: readonly [Period, Period],
): CompareParameters {
  const [one, two] = [boundsOf(first), boundsOf(second)];
  return {
    ...filterParameters(report),
    tz: report.zone,
    ...(report.currency !== null && { currency: report.currency }),
    period1_start: one.from,
    period1_end: one.to,
    period2_start: two.from,
    period2_end: two.to,
  };
}

export const compareQuery = (query: CompareParameters) =>
  queryOptions({
    queryKey: [...reportsKey, "compare", query],
    queryFn: ({ signal }) => jsonOf(api.GET("/api/v1/analytics/compare", { params: { query }, signal })),
  });

export function useCompare(query: CompareParameters): ReportQuery<Comparison, ComparisonMeta> {
  return useQuery({ ...compareQuery(query), ...shared });
}

/** What has just been received, under the report's filters; asked for again and again while the page is seen. */
export const liveQuery = (report: Report) => {
  const query = filterParameters(report);
  return queryOptions({
    queryKey: ["analytics", "live", query],
    queryFn: ({ signal }) => jsonOf(api.GET("/api/v1/analytics/live", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: liveMs,
    // It is asked for again anyway.
    retry: false,
  });
};

type PlaysParameters = NonNullable<paths["/api/v1/analytics/plays"]["get"]["parameters"]["query"]>;

/** The plays behind a number, the newest first, a page at a time. */
export function usePlays(query: PlaysParameters) {
  return useInfiniteQuery({
    queryKey: ["analytics", "plays", query],
    queryFn: ({ signal, pageParam }) =>
      jsonOf(
        api.GET("/api/v1/analytics/plays", { params: { query: { ...query, cursor: pageParam } }, signal }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ meta }) => meta.next_cursor ?? undefined,
  });
}

export type FileFormat = paths["/api/v1/analytics/export"]["get"]["parameters"]["query"]["format"];

/** The rows behind a report as a file: those that count, or all that came in. */
export async function fetchRows(report: Report, format: FileFormat, counted: boolean): Promise<Blob> {
  const { bucket: _, ...shown } = reportParameters(report);
  const query = { ...shown, format, ...(counted && { outcome: ["counted" as const] }) };
  return answerOf(
    api.GET("/api/v1/analytics/export", { params: { query }, parseAs: "blob" }),
  ) as Promise<unknown> as Promise<Blob>;
}

/** Reports that can be had as a table. */
export type ReportPath = Extract<
  keyof paths,
  `/api/v1/analytics/${"overview" | "geography" | "demographics" | "traffic-sources" | "tracks" | "excluded" | "compare" | "live" | "revenue" | "revenue/projection"}`
>;

/** The parameters of a report. */
export type ReportParameters<Path extends ReportPath> = NonNullable<
  paths[Path]["get"]["parameters"]["query"]
>;

/** The same numbers as CSV. */
export async function fetchCsv<Path extends ReportPath>(
  path: Path,
  query: ReportParameters<Path>,
): Promise<Blob> {
  // The reports differ in their parameters only, and those fit their path.
  const anyOf = path as "/api/v1/analytics/live";
  const request = {
    params: { query: query as object },
    headers: { Accept: "text/csv" },
    parseAs: "blob",
  } as const;
  return answerOf(api.GET(anyOf, request)) as Promise<Blob>;
}
