/** What buyers think of what they bought, and what sellers reply. */
import {
  infiniteQueryOptions,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { answerOf, api } from "../client";
import type { components } from "../schema";
import { useSession } from "../session";

export type Review = components["schemas"]["Review"];
type NewReview = components["schemas"]["NewReview"];

const pageSize = 10;
const longPage = 100;

const reviewsQuery = (productId: string) =>
  infiniteQueryOptions({
    queryKey: ["market", "reviews", productId],
    queryFn: ({ signal, pageParam }) =>
      answerOf(
        api.GET("/api/v1/marketplace/products/{id}/reviews", {
          params: { path: { id: productId }, query: { limit: pageSize, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ meta }) => meta.next_cursor ?? undefined,
  });

/** A product's reviews, the newest first; each page's `meta` has average and histogram of all. */
export function useReviews(productId: string) {
  return useInfiniteQuery(reviewsQuery(productId));
}

const writtenQuery = queryOptions({
  queryKey: ["market", "reviews", "written"],
  queryFn: async ({ signal }) => {
    const query = { side: "buyer", limit: longPage } as const;
    return (await answerOf(api.GET("/api/v1/marketplace/reviews", { params: { query }, signal }))).data;
  },
});

/** Whether this account has said what it thinks of the product; undefined until that is known. */
export function useHasReviewed(productId: string): boolean | undefined {
  const { data } = useQuery({ ...writtenQuery, enabled: useSession() !== null });
  return data?.some(({ product_id }) => product_id === productId);
}

export function useReview() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (review: NewReview) =>
      (await answerOf(api.POST("/api/v1/marketplace/reviews", { body: review }))).data,
    onSuccess: () => client.invalidateQueries({ queryKey: ["market"] }),
  });
}

const receivedQuery = infiniteQueryOptions({
  queryKey: ["selling", "reviews"],
  queryFn: ({ signal, pageParam }) =>
    answerOf(
      api.GET("/api/v1/marketplace/reviews", {
        params: { query: { side: "seller", limit: longPage, cursor: pageParam } },
        signal,
      }),
    ),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ meta }) => meta.next_cursor ?? undefined,
});

/** Reviews of what one sells: those without a reply first, then the newest. */
export function useReceivedReviews() {
  return useInfiniteQuery(receivedQuery);
}

/** Replies to a review, once. */
export function useReply() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, text }: { id: string; text: string }) => {
      const params = { path: { id } };
      return (await answerOf(api.POST("/api/v1/marketplace/reviews/{id}/reply", { params, body: { text } })))
        .data;
    },
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: receivedQuery.queryKey }),
        client.invalidateQueries({ queryKey: ["market", "reviews"] }),
      ]),
  });
}
