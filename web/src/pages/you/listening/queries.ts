/** What the account has listened to, as the API tells it to the account alone. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";
import type { components, paths } from "@/api/schema";
import type { Bounds } from "@/pages/analytics/report/period";

type Schemas = components["schemas"];
export type ListeningSummary = Schemas["ListeningSummary"];
export type ListeningMeta = Schemas["ListeningMeta"];
export type Receipt = Schemas["ErasureReceipt"];
export type PlayReport = Schemas["PlayReport"];
export type FileFormat = paths["/api/v1/me/listening/export"]["get"]["parameters"]["query"]["format"];

export const listeningKey = ["me", "listening"] as const;

/** Plays of a page, of which the first has the summary too. */
const pageSize = 20;

export function useListening(bounds: Bounds, zone: string) {
  const query = { ...bounds, tz: zone, limit: pageSize };
  return useInfiniteQuery({
    queryKey: [...listeningKey, query],
    queryFn: ({ signal, pageParam }) =>
      answerOf(
        api.GET("/api/v1/me/listening", { params: { query: { ...query, cursor: pageParam } }, signal }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ meta }) => meta.next_cursor ?? undefined,
  });
}

/** Everything that is stored of one's listening, as a file. */
export async function fetchListening(format: FileFormat): Promise<Blob> {
  const request = { params: { query: { format } }, parseAs: "blob" } as const;
  return answerOf(api.GET("/api/v1/me/listening/export", request)) as Promise<Blob>;
}

/** Asks for everything to be forgotten; what the page knew is asked for anew. */
export function useErase() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => (await answerOf(api.DELETE("/api/v1/me/listening"))).data,
    onSuccess: async (receipt) => {
      client.setQueryData(receiptKey(receipt.id), receipt);
      await client.invalidateQueries({ queryKey: listeningKey });
    },
  });
}

const receiptKey = (id: string | undefined) => ["me", "erasures", id] as const;

/** While it waits for its turn, and then for two weeks. */
const followMs = { queued: 5_000, erased: 60_000 } as const;

/** How far a request to be forgotten is, followed until it is done. `known`: as another answer had it. */
export function useReceipt(known: Receipt | null) {
  const client = useQueryClient();
  return useQuery({
    queryKey: receiptKey(known?.id),
    queryFn: async ({ signal }) => {
      const path = { id: known?.id ?? "" };
      const { data } = await answerOf(
        api.GET("/api/v1/me/listening/erasures/{id}", { params: { path }, signal }),
      );
      // From here on the plays are nobody's, and the page has none.
      if (data.state !== known?.state) await client.invalidateQueries({ queryKey: listeningKey });
      return data;
    },
    enabled: known !== null && known.state !== "done",
    initialData: known ?? undefined,
    refetchInterval: ({ state }) =>
      state.data === undefined || state.data.state === "done" ? false : followMs[state.data.state],
  });
}
