/** What administrators ask of the API. Each is asked for on its own, so that one that fails leaves the others whole. */
import { keepPreviousData, useInfiniteQuery, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";
import type { components, paths } from "@/api/schema";
import type { Range } from "./range";

type Schemas = components["schemas"];
export type Users = Schemas["Users"];
export type UserDay = Schemas["UserDay"];
export type SignUps = Schemas["SignUps"];
export type Retention = Schemas["Retention"];
export type RetentionCohort = Schemas["RetentionCohort"];
export type RetentionCell = Schemas["RetentionCell"];
export type Pipeline = Schemas["Pipeline"];
export type Balance = NonNullable<Pipeline["balance"]["value"]>;
export type RejectedRecord = Schemas["RejectedRecord"];
export type TracedReport = Schemas["TracedReport"];
export type RoutePerformance = Schemas["RoutePerformance"];
export type CurrencyTransactions = Schemas["CurrencyTransactions"];
export type Source = Schemas["PartSource"];

/** A part of an answer that may be missing while the others are there. */
export interface Part<Value> {
  status: Schemas["PartStatus"];
  missing: Source | null;
  value?: Value | null;
}

/** An answer as JSON: a report is CSV only to those who ask for it. */
async function jsonOf<Body>(call: Parameters<typeof answerOf<Body>>[0]): Promise<Exclude<Body, string>> {
  return (await answerOf(call)) as Exclude<Body, string>;
}

/** Health is looked at while it changes; what people did by the day is not. */
const healthMs = 5_000;
const reportMs = 60_000;

const shared = { placeholderData: keepPreviousData, refetchInterval: reportMs };
const health = { ...shared, refetchInterval: healthMs };

/** The range's days and as many before, and the running one. */
export function useUsers({ before, tomorrow }: Range): UseQueryResult<Users> {
  const query = { from: before, to: tomorrow };
  return useQuery({
    ...shared,
    queryKey: ["admin", "users", query],
    queryFn: async ({ signal }) =>
      (await jsonOf(api.GET("/api/v1/admin/analytics/users", { params: { query }, signal }))).data,
  });
}

export function useSignUps({ before, tomorrow, zone }: Range): UseQueryResult<SignUps> {
  const query = { from: before, to: tomorrow, tz: zone, bucket: "day" as const };
  return useQuery({
    ...shared,
    queryKey: ["admin", "signups", query],
    queryFn: async ({ signal }) =>
      (await jsonOf(api.GET("/api/v1/admin/analytics/signups", { params: { query }, signal }))).data,
  });
}

export type CohortLength = "day" | "week" | "month";

export function useRetention(from: string, bucket: CohortLength): UseQueryResult<Retention> {
  const query = { from, bucket };
  return useQuery({
    ...shared,
    queryKey: ["admin", "retention", query],
    queryFn: async ({ signal }) =>
      (await jsonOf(api.GET("/api/v1/admin/analytics/retention", { params: { query }, signal }))).data,
  });
}

type Transactions = Schemas["Transactions"];
export type TransactionGroupBy = "product" | "seller";

export function useTransactions(
  { before, tomorrow, zone }: Pick<Range, "before" | "tomorrow" | "zone">,
  group?: TransactionGroupBy,
): UseQueryResult<Transactions> {
  const query = { from: before, to: tomorrow, tz: zone, bucket: "day" as const, group };
  return useQuery({
    ...shared,
    queryKey: ["admin", "transactions", query],
    queryFn: async ({ signal }) =>
      (await jsonOf(api.GET("/api/v1/admin/analytics/transactions", { params: { query }, signal }))).data,
  });
}

export function usePipeline({ first, tomorrow, zone }: Range): UseQueryResult<Pipeline> {
  const query = { from: first, to: tomorrow, tz: zone };
  return useQuery({
    ...health,
    queryKey: ["admin", "pipeline", query],
    queryFn: async ({ signal }) =>
      (await answerOf(api.GET("/api/v1/admin/analytics/pipeline", { params: { query }, signal }))).data,
  });
}

export const windows = ["1h", "6h", "24h", "7d"] as const;
export type Window = (typeof windows)[number];

export function usePerformance(window: Window) {
  return useQuery({
    ...health,
    queryKey: ["admin", "performance", window],
    queryFn: async ({ signal }) =>
      (
        await answerOf(
          api.GET("/api/v1/admin/analytics/performance", { params: { query: { window } }, signal }),
        )
      ).data,
  });
}

/** Records that could not be read, the newest first, a page at a time. */
export function useRejected() {
  return useInfiniteQuery({
    queryKey: ["admin", "rejected"],
    queryFn: ({ signal, pageParam }) =>
      answerOf(
        api.GET("/api/v1/admin/analytics/pipeline/rejected", {
          params: { query: { cursor: pageParam, limit: 20 } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ meta }) => meta.next_cursor ?? undefined,
    refetchInterval: healthMs,
  });
}

/** What the warehouse holds of a play; an empty id asks for nothing. */
export function useTrace(playId: string) {
  return useQuery({
    queryKey: ["admin", "trace", playId],
    enabled: playId !== "",
    retry: false,
    queryFn: async ({ signal }) =>
      (
        await answerOf(
          api.GET("/api/v1/admin/analytics/pipeline/plays/{play_id}", {
            params: { path: { play_id: playId } },
            signal,
          }),
        )
      ).data,
  });
}

/** Reports that can be had as a table. */
export type AdminReportPath = Extract<
  keyof paths,
  `/api/v1/admin/analytics/${"users" | "signups" | "retention" | "transactions"}`
>;

/** The same numbers as CSV. */
export async function fetchCsv(path: AdminReportPath, query: Record<string, string>): Promise<Blob> {
  return answerOf(
    api.GET(path, { params: { query }, headers: { Accept: "text/csv" }, parseAs: "blob" }),
  ) as Promise<Blob>;
}
