/** Buying: quotes, orders, payment, and the files that were bought. */
import {
  infiniteQueryOptions,
  queryOptions,
  useInfiniteQuery,
  useQuery,
  type QueryClient,
} from "@tanstack/react-query";
import { answerOf, api } from "../client";
import type { components } from "../schema";
import { learnServerTime, serverNow } from "../serverTime";

export type Quote = components["schemas"]["Quote"];
export type Order = components["schemas"]["Order"];
export type Download = components["schemas"]["Download"];
type Basket = components["schemas"]["Basket"];

const pageSize = 20;

export const quoteKey = (productIds: readonly string[], country: string) => [
  "market",
  "quote",
  productIds,
  country,
];

/** What these products cost together, in this country, now. */
export function useQuote(productIds: readonly string[], country: string) {
  return useQuery({
    queryKey: quoteKey(productIds, country),
    queryFn: async ({ signal }) => {
      const body = { product_ids: [...productIds], country };
      const askedAt = Date.now();
      const { data } = await answerOf(api.POST("/api/v1/marketplace/quotes", { body, signal }));
      learnServerTime(data.quoted_at, askedAt);
      return data;
    },
    enabled: productIds.length > 0,
    staleTime: 0,
  });
}

/** Orders; sent again under the same key it is the same order. */
export async function placeOrder(basket: Basket, key: string): Promise<Order> {
  const params = { header: { "Idempotency-Key": key } };
  return (await answerOf(api.POST("/api/v1/marketplace/orders", { params, body: basket }))).data;
}

export async function payOrder(id: string, method: string): Promise<Order> {
  const params = { path: { id } };
  return (await answerOf(api.POST("/api/v1/marketplace/orders/{id}/pay", { params, body: { method } }))).data;
}

const ordersQuery = infiniteQueryOptions({
  queryKey: ["market", "orders"],
  queryFn: ({ signal, pageParam }) =>
    answerOf(
      api.GET("/api/v1/marketplace/orders", {
        params: { query: { limit: pageSize, cursor: pageParam } },
        signal,
      }),
    ),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ meta }) => meta.next_cursor ?? undefined,
});

/** What one has ordered, the newest first. */
export function useOrders() {
  return useInfiniteQuery(ordersQuery);
}

const orderQuery = (id: string) =>
  queryOptions({
    queryKey: ["market", "order", id],
    queryFn: async ({ signal }) =>
      (await answerOf(api.GET("/api/v1/marketplace/orders/{id}", { params: { path: { id } }, signal }))).data,
  });

export function useOrder(id: string) {
  return useQuery(orderQuery(id));
}

/** The order as it is at this moment. */
export async function orderNow(id: string): Promise<Order> {
  return (await answerOf(api.GET("/api/v1/marketplace/orders/{id}", { params: { path: { id } } }))).data;
}

/** After anything that changes orders. */
export async function forgetOrders(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ordersQuery.queryKey }),
    client.invalidateQueries({ queryKey: ["market", "order"] }),
  ]);
}

const downloadsQuery = (orderId: string) =>
  queryOptions({
    queryKey: ["market", "downloads", orderId],
    queryFn: async ({ signal }) => {
      const params = { path: { id: orderId } };
      return (await answerOf(api.GET("/api/v1/marketplace/orders/{id}/download", { params, signal }))).data;
    },
    // Their addresses are good for a day.
    staleTime: 3_600_000,
  });

/** The files of a paid order. */
export function useDownloads(orderId: string) {
  return useQuery(downloadsQuery(orderId));
}

/** An address of this file that stays good while it is downloaded: the one that is known, or a fresh one. */
export async function downloadAddress(client: QueryClient, orderId: string, file: Download): Promise<string> {
  const margin = 3_600_000;
  if (Date.parse(file.grant_expires_at) - margin > serverNow()) return file.grant_url;
  const fresh = await client.fetchQuery({ ...downloadsQuery(orderId), staleTime: 0 });
  const found = fresh.find(({ item_id, file_id }) => item_id === file.item_id && file_id === file.file_id);
  if (found === undefined) throw new Error(`order ${orderId} has no file ${file.file_id} any more`);
  return found.grant_url;
}
