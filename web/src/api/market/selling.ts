/** A creator's own products, promotions, sales, and who would like to have what. */
import {
  infiniteQueryOptions,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "../client";
import type { components } from "../schema";
import { learnServerTime } from "../serverTime";
import { upload, UploadCanceled, type SignedPut } from "../upload";
import { productQuery, type Product } from "./products";

export type OwnProduct = components["schemas"]["OwnProduct"];
export type Promotion = components["schemas"]["Promotion"];
export type Sale = components["schemas"]["Sale"];
export type Demand = components["schemas"]["Demand"];
export type NewProduct = components["schemas"]["NewProduct"];
export type ProductChanges = components["schemas"]["ProductChanges"];
type NewPromotion = components["schemas"]["NewPromotion"];
type PromotionChanges = components["schemas"]["PromotionChanges"];

/** The most that the API gives at once. */
const pageSize = 100;

interface Page<Item> {
  data: Item[];
  meta: { next_cursor: string | null };
}

/** All pages of a list that a seller has whole on one screen. */
async function everyPage<Item>(ask: (cursor: string | undefined) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const { data, meta } = await ask(cursor);
    items.push(...data);
    cursor = meta.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

const ownProductsQuery = queryOptions({
  queryKey: ["selling", "products"],
  queryFn: ({ signal }) =>
    everyPage(async (cursor) => {
      const query = { limit: pageSize, cursor };
      const askedAt = Date.now();
      const page = await answerOf(api.GET("/api/v1/marketplace/selling", { params: { query }, signal }));
      learnServerTime(page.meta.server_time, askedAt);
      return page;
    }),
});

/** One's own products, drafts too, the newest first. */
export function useOwnProducts() {
  return useQuery(ownProductsQuery);
}

const promotionsQuery = queryOptions({
  queryKey: ["selling", "promotions"],
  queryFn: ({ signal }) =>
    everyPage((cursor) =>
      answerOf(
        api.GET("/api/v1/marketplace/promotions", {
          params: { query: { limit: pageSize, cursor } },
          signal,
        }),
      ),
    ),
});

/** The promotions of one's own products, past ones too. */
export function useOwnPromotions() {
  return useQuery(promotionsQuery);
}

const salesQuery = infiniteQueryOptions({
  queryKey: ["selling", "sales"],
  queryFn: ({ signal, pageParam }) =>
    answerOf(
      api.GET("/api/v1/marketplace/sales", {
        params: { query: { limit: pageSize, cursor: pageParam } },
        signal,
      }),
    ),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ meta }) => meta.next_cursor ?? undefined,
});

/** Sold lines, the newest first. */
export function useSales() {
  return useInfiniteQuery(salesQuery);
}

const demandQuery = queryOptions({
  queryKey: ["selling", "demand"],
  queryFn: ({ signal }) =>
    everyPage((cursor) =>
      answerOf(
        api.GET("/api/v1/marketplace/demand", { params: { query: { limit: pageSize, cursor } }, signal }),
      ),
    ),
});

/** Wishes for each of one's own products. */
export function useDemand() {
  return useQuery(demandQuery);
}

/** After a change of what is sold: lists and shop are asked for again. */
function useForget() {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: ["selling"] }),
      client.invalidateQueries({ queryKey: ["market"] }),
    ]);
  };
}

export function useAddProduct() {
  return useMutation({
    mutationFn: async (product: NewProduct) =>
      (await answerOf(api.POST("/api/v1/marketplace/products", { body: product }))).data,
    onSuccess: useForget(),
  });
}

/** Changes a product, publishes or archives it; what is left out stays. */
export function useChangeProduct() {
  const client = useQueryClient();
  const forget = useForget();
  return useMutation({
    mutationFn: async ({ id, changes }: { id: string; changes: ProductChanges }): Promise<Product> => {
      const params = { path: { id } };
      return (await answerOf(api.PATCH("/api/v1/marketplace/products/{id}", { params, body: changes }))).data;
    },
    onSuccess: async (product) => {
      client.setQueryData(productQuery(product.id).queryKey, product);
      await forget();
    },
  });
}

export function useAddPromotion() {
  return useMutation({
    mutationFn: async (promotion: NewPromotion) =>
      (await answerOf(api.POST("/api/v1/marketplace/promotions", { body: promotion }))).data,
    onSuccess: useForget(),
  });
}

/** Moves a promotion, or changes its discount, before it begins: seen at once, put back where the server refuses. */
export function useChangePromotion() {
  const client = useQueryClient();
  const forget = useForget();
  return useMutation({
    mutationFn: async ({ id, changes }: { id: string; changes: PromotionChanges }) => {
      const params = { path: { id } };
      return (await answerOf(api.PATCH("/api/v1/marketplace/promotions/{id}", { params, body: changes })))
        .data;
    },
    onMutate: ({ id, changes }) => {
      void client.cancelQueries(promotionsQuery);
      const before = client.getQueryData(promotionsQuery.queryKey);
      client.setQueryData(promotionsQuery.queryKey, (promotions) =>
        promotions?.map((promotion) =>
          promotion.id === id ? ({ ...promotion, ...changes } as Promotion) : promotion,
        ),
      );
      return before;
    },
    onError: (_error, _change, before) => client.setQueryData(promotionsQuery.queryKey, before),
    onSettled: forget,
  });
}

/** Cancels a promotion; one that runs ends at once. */
export function useCancelPromotion() {
  return useMutation({
    mutationFn: (id: string) =>
      answerOf(api.DELETE("/api/v1/marketplace/promotions/{id}", { params: { path: { id } } })),
    onSuccess: useForget(),
  });
}

interface BegunUpload {
  put: SignedPut;
  complete: () => Promise<unknown>;
}

/** Sends something to the store: `begin` gets the address, then the bytes go, then it is complete. Tells how far it is. */
function useStoreUpload<Target>(begin: (target: Target, file: File) => Promise<BegunUpload>) {
  const forget = useForget();
  const [fraction, setFraction] = useState(0);
  const [abort, setAbort] = useState<AbortController>();
  const mutation = useMutation({
    mutationFn: async ({ target, file }: { target: Target; file: File }) => {
      const controller = new AbortController();
      setAbort(controller);
      setFraction(0);
      const { put, complete } = await begin(target, file);
      await upload(file, put, { onProgress: setFraction, signal: controller.signal });
      await complete();
    },
    onSuccess: forget,
  });
  return { ...mutation, fraction, cancel: () => abort?.abort(new UploadCanceled()) };
}

/** What a browser can't name has no type; it is bytes. */
const anyType = "application/octet-stream";

/** Adds a file to a product, given by its id. */
export function useFileUpload() {
  return useStoreUpload(async (id: string, file) => {
    const params = { path: { id } };
    const body = { name: file.name, size: file.size, type: file.type || anyType };
    const { data } = await answerOf(api.POST("/api/v1/marketplace/products/{id}/files", { params, body }));
    return {
      put: data.put,
      complete: () =>
        answerOf(
          api.POST("/api/v1/marketplace/products/{id}/files/{file}/complete", {
            params: { path: { id, file: data.file } },
          }),
        ),
    };
  });
}

/** Gives a product, named by its id, another cover. */
export function useCoverUpload() {
  return useStoreUpload(async (id: string, file) => {
    const params = { path: { id } };
    const body = { size: file.size, type: file.type };
    const { data } = await answerOf(api.POST("/api/v1/marketplace/products/{id}/cover", { params, body }));
    return {
      put: data.put,
      complete: () =>
        answerOf(
          api.POST("/api/v1/marketplace/products/{id}/cover/complete", {
            params,
            body: { upload: data.upload },
          }),
        ),
    };
  });
}

/** Takes a file out of a draft; what was published stays for those who bought it. */
export function useRemoveFile() {
  return useMutation({
    mutationFn: ({ id, file }: { id: string; file: string }) =>
      answerOf(
        api.DELETE("/api/v1/marketplace/products/{id}/files/{file}", { params: { path: { id, file } } }),
      ),
    onSuccess: useForget(),
  });
}
