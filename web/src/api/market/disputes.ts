/** Issues with what was bought: what buyer and seller say, and how it was decided. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, api } from "../client";
import type { components } from "../schema";

export type Dispute = components["schemas"]["Dispute"];
export type DisputeSummary = components["schemas"]["DisputeSummary"];
/** Something that happened, from the purchase on. */
export type Happening = Dispute["history"][number];
export type DisputeReason = components["schemas"]["DisputeReason"];
type NewDispute = components["schemas"]["NewDispute"];

export const reasons = [
  "not_as_described",
  "corrupt_file",
  "wrong_file",
  "duplicate_charge",
  "other",
] as const satisfies readonly DisputeReason[];

/** The most that the API gives at once. */
const pageSize = 100;

const disputesQuery = (side: "buyer" | "seller") =>
  queryOptions({
    queryKey: ["disputes", side],
    queryFn: async ({ signal }) => {
      const disputes: DisputeSummary[] = [];
      let cursor: string | undefined;
      do {
        const query = { side, limit: pageSize, cursor };
        const { data, meta } = await answerOf(
          api.GET("/api/v1/marketplace/disputes", { params: { query }, signal }),
        );
        disputes.push(...data);
        cursor = meta.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return disputes;
    },
  });

/** All disputes of what one bought, or sold, the newest first. */
export function useDisputes(side: "buyer" | "seller") {
  return useQuery(disputesQuery(side));
}

const disputeQuery = (id: string) =>
  queryOptions({
    queryKey: ["disputes", "one", id],
    queryFn: async ({ signal }) =>
      (await answerOf(api.GET("/api/v1/marketplace/disputes/{id}", { params: { path: { id } }, signal })))
        .data,
    // The other side may write at any moment.
    refetchInterval: 10_000,
  });

/** A dispute with all that happened, asked for again while it is seen. */
export function useDispute(id: string) {
  return useQuery(disputeQuery(id));
}

/** Keeps the dispute as it is now, and lets lists and orders be asked for again. */
export function useRemember() {
  const client = useQueryClient();
  return async (dispute: Dispute) => {
    client.setQueryData(disputeQuery(dispute.id).queryKey, dispute);
    await Promise.all([
      client.invalidateQueries({ queryKey: ["disputes"] }),
      client.invalidateQueries({ queryKey: ["market", "orders"] }),
    ]);
  };
}

/** Reports an issue with an order. */
export function useReportIssue() {
  return useMutation({
    mutationFn: async ({ orderId, dispute }: { orderId: string; dispute: NewDispute }) => {
      const params = { path: { id: orderId } };
      return (await answerOf(api.POST("/api/v1/marketplace/orders/{id}/dispute", { params, body: dispute })))
        .data;
    },
    onSuccess: useRemember(),
  });
}

/** Writes to everybody in the dispute; `respond` is the seller's one answer. */
export function useSay(id: string, action: "message" | "respond") {
  return useMutation({
    mutationFn: async (text: string) => {
      const call = { params: { path: { id } }, body: { text } };
      const answer =
        action === "respond"
          ? api.POST("/api/v1/marketplace/disputes/{id}/respond", call)
          : api.POST("/api/v1/marketplace/disputes/{id}/messages", call);
      return (await answerOf(answer)).data;
    },
    onSuccess: useRemember(),
  });
}

/** Takes a dispute back. */
export function useWithdraw(id: string) {
  return useMutation({
    mutationFn: async () =>
      (await answerOf(api.POST("/api/v1/marketplace/disputes/{id}/withdraw", { params: { path: { id } } })))
        .data,
    onSuccess: useRemember(),
  });
}
