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
import type { Bounds } from "./period";
import { filterParameters, reportParameters, type Report } from "./report";

type Schemas = components["schemas"];
export type ReportMeta = Schemas["ReportMeta"];
export type Measures = Schemas["Measures"];
export type Counts = Schemas["Counts"];
export type Rest = Schemas["Rest"];
export type Entry = Schemas["Entry"];
export type PlayReport = Schemas["PlayReport"];

/** What every report over a range answers. */
export interface Answer<Data> {
  data: Data;
  meta: ReportMeta;
}
export type ReportQuery<Data> = UseQueryResult<Answer<Data>>;
export type Overview = Schemas["Overview"];
export type Geography = Schemas["Geography"];
export type Demographics = Schemas["Demographics"];
export type TrafficSources = Schemas["TrafficSources"];
export type Tracks = Schemas["Tracks"];

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

export function useOverview(report: Report, bounds?: Bounds, enabled = true): ReportQuery<Overview> {
  const query = reportParameters(report, bounds);
  return useQuery({
    ...shared,
    enabled,
    queryKey: [...reportsKey, "overview", query],
    queryFn: ({ signal }) => jsonOf(api.GET("/api/v1/analytics/overview", { params: { query }, signal })),
  });
}

export function useGeography(report: Report, limit: number, enabled = true): ReportQuery<Geography> {
  const query = { ...reportParameters(report), limit };
  return useQuery({
    ...shared,
    enabled,
    queryKey: [...reportsKey, "geography", query],
    queryFn: ({ signal }) => jsonOf(api.GET("/api/v1/analytics/geography", { params: { query }, signal })),
  });
}

export function useDemographics(report: Report, limit: number, enabled = true): ReportQuery<Demographics> {
  const query = { ...reportParameters(report), limit };
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
  enabled = true,
): ReportQuery<TrafficSources> {
  const query = { ...reportParameters(report), limit };
  return useQuery({
    ...shared,
    enabled,
    queryKey: [...reportsKey, "traffic-sources", query],
    queryFn: ({ signal }) =>
      jsonOf(api.GET("/api/v1/analytics/traffic-sources", { params: { query }, signal })),
  });
}

export function useTracksReport(report: Report, limit: number, enabled = true): ReportQuery<Tracks> {
  const query = { ...reportParameters(report), limit };
  return useQuery({
    ...shared,
    enabled,
    queryKey: [...reportsKey, "tracks", query],
    queryFn: ({ signal }) => jsonOf(api.GET("/api/v1/analytics/tracks", { params: { query }, signal })),
  });
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

/** Reports that can be had as a table. */
export type ReportPath = Extract<
  keyof paths,
  `/api/v1/analytics/${"overview" | "geography" | "demographics" | "traffic-sources" | "tracks"}`
>;

/** The same numbers as CSV. */
export async function fetchCsv(path: ReportPath, report: Report, limit?: number): Promise<Blob> {
  const query = { ...reportParameters(report), ...(limit !== undefined && { limit }) };
  return answerOf(
    api.GET(path, { params: { query }, headers: { Accept: "text/csv" }, parseAs: "blob" }),
  ) as Promise<Blob>;
}
