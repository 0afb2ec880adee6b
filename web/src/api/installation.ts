import { queryOptions, useQuery } from "@tanstack/react-query";
import { answerOf, api } from "./client";

/** What this installation is: where plays are reported to, the zone of its reports, its version. */
export const installationQuery = queryOptions({
  queryKey: ["config"],
  queryFn: async ({ signal }) => (await answerOf(api.GET("/api/v1/config", { signal }))).data,
  staleTime: Infinity,
});

export function useInstallation() {
  return useQuery(installationQuery);
}
