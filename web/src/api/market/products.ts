/** What is for sale. */
import {
  infiniteQueryOptions,
  queryOptions,
  useInfiniteQuery,
  useQueries,
  useQuery,
} from "@tanstack/react-query";
import { answerOf, api } from "../client";
import type { components, operations } from "../schema";
import { learnServerTime } from "../serverTime";

/** As lists show it. */
export type ProductCard = components["schemas"]["Card"];
/** With its description and its files. */
export type Product = components["schemas"]["Product"];
export type ProductFilters = Omit<
  NonNullable<operations["list_products"]["parameters"]["query"]>,
  "cursor" | "limit"
>;

const pageSize = 30;
/** Deals are few; those that the page shows first. */
const dealsShown = 4;

/** Asks, and learns from the answer what time it is on the server. */
async function asked<Answer extends { meta: { server_time: string } }>(ask: () => Promise<Answer>) {
  const askedAt = Date.now();
  const answer = await ask();
  learnServerTime(answer.meta.server_time, askedAt);
  return answer;
}

const productsQuery = (filters: ProductFilters) =>
  infiniteQueryOptions({
    queryKey: ["market", "products", filters],
    queryFn: ({ signal, pageParam }) =>
      asked(() =>
        answerOf(
          api.GET("/api/v1/marketplace/products", {
            params: { query: { ...filters, limit: pageSize, cursor: pageParam } },
            signal,
          }),
        ),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ meta }) => meta.next_cursor ?? undefined,
  });

/** Products under these filters, a page at a time. */
export function useProducts(filters: ProductFilters) {
  return useInfiniteQuery(productsQuery(filters));
}

const dealsQuery = (limit: number) =>
  infiniteQueryOptions({
    queryKey: ["market", "deals", limit],
    queryFn: ({ signal, pageParam }) =>
      asked(() =>
        answerOf(
          api.GET("/api/v1/marketplace/deals", { params: { query: { limit, cursor: pageParam } }, signal }),
        ),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ meta }) => meta.next_cursor ?? undefined,
  });

/** Running promotions, the first to end first. */
export function useDeals(limit = pageSize) {
  return useInfiniteQuery(dealsQuery(limit));
}

export function useFirstDeals() {
  return useDeals(dealsShown);
}

export const productQuery = (id: string) =>
  queryOptions({
    queryKey: ["market", "product", id],
    queryFn: async ({ signal }) => {
      const ask = () =>
        answerOf(api.GET("/api/v1/marketplace/products/{id}", { params: { path: { id } }, signal }));
      return (await asked(ask)).data;
    },
  });

export function useProduct(id: string) {
  return useQuery(productQuery(id));
}

/** Each of these products, as it comes. */
export function useProductsById(ids: readonly string[]) {
  return useQueries({ queries: ids.map(productQuery) });
}
