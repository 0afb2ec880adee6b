/** What was earned, and what may come. */
import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";
import type { components, paths } from "@/api/schema";
import { addDays, addMonths } from "../report/civil";
import { reportsKey, type ReportQuery } from "../report/queries";
import { filterParameters, todayIn, type Report } from "../report/report";

type Schemas = components["schemas"];
export type Projection = Schemas["RevenueProjection"];
export type ProjectionMeta = Schemas["ProjectionMeta"];
export type Revenue = Schemas["RevenueReport"];
export type RevenueMeta = Schemas["RevenueMeta"];

type ProjectionParameters = NonNullable<
  paths["/api/v1/analytics/revenue/projection"]["get"]["parameters"]["query"]
>;
type RevenueParameters = NonNullable<paths["/api/v1/analytics/revenue"]["get"]["parameters"]["query"]>;

/** Orders are few; they are asked for again now and then. */
const refreshMs = 30_000;
/** Months of the table, the running one included. */
const months = 12;

export function projectionParameters(report: Report): ProjectionParameters {
  return {
    ...filterParameters(report),
    tz: report.zone,
    ...(report.currency !== null && { currency: report.currency }),
  };
}

export function useProjection(report: Report): ReportQuery<Projection, ProjectionMeta> {
  const query = projectionParameters(report);
  return useQuery({
    queryKey: [...reportsKey, "projection", query],
    queryFn: async ({ signal }) => {
      const answer = await answerOf(
        api.GET("/api/v1/analytics/revenue/projection", { params: { query }, signal }),
      );
      return answer as Exclude<typeof answer, string>;
    },
    refetchInterval: refreshMs,
  });
}

/** The last twelve months, the running one so far. */
export function monthsParameters(report: Report): RevenueParameters {
  const today = todayIn(report.zone);
  return {
    ...projectionParameters(report),
    from: addMonths(`${today.slice(0, 7)}-01`, 1 - months),
    to: addDays(today, 1),
    bucket: "month",
  };
}

export function useMonths(report: Report): ReportQuery<Revenue, RevenueMeta> {
  const query = monthsParameters(report);
  return useQuery({
    queryKey: [...reportsKey, "revenue", query],
    queryFn: async ({ signal }) => {
      const answer = await answerOf(api.GET("/api/v1/analytics/revenue", { params: { query }, signal }));
      return answer as Exclude<typeof answer, string>;
    },
    refetchInterval: refreshMs,
  });
}
