/** What administrators see and do of disputes. */
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";
import { useRemember, type DisputeSummary } from "@/api/market/disputes";
import type { components } from "@/api/schema";

export type Decision = components["schemas"]["DisputeDecision"];
export type Resolution = Decision["resolution"];
export type Status = DisputeSummary["status"];

export const statuses = ["open", "seller_responded", "under_review", "resolved", "withdrawn"] as const;
export const resolutions = ["refund_full", "refund_partial", "rejected"] as const;

/** Everybody's disputes in these states, the newest first, a page at a time. */
export function useAllDisputes(status: readonly Status[]) {
  return useInfiniteQuery({
    queryKey: ["disputes", "all", status],
    queryFn: ({ signal, pageParam }) =>
      answerOf(
        api.GET("/api/v1/admin/disputes", {
          params: { query: { status: [...status], cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ meta }) => meta.next_cursor ?? undefined,
    refetchInterval: 30_000,
  });
}

/** Tells both sides that it is looked into. */
export function useTakeUp(id: string) {
  return useMutation({
    mutationFn: async () =>
      (await answerOf(api.POST("/api/v1/admin/disputes/{id}/review", { params: { path: { id } } }))).data,
    onSuccess: useRemember(),
  });
}

/** Ends it, with a refund or without. */
export function useDecide(id: string) {
  return useMutation({
    mutationFn: async (decision: Decision) => {
      const call = { params: { path: { id } }, body: decision };
      return (await answerOf(api.POST("/api/v1/admin/disputes/{id}/resolve", call))).data;
    },
    onSuccess: useRemember(),
  });
}
