/** What one would like to have. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, api } from "../client";
import type { components } from "../schema";
import type { ProductCard } from "./products";
import { learnServerTime } from "../serverTime";
import { useSession } from "../session";

export type Wish = components["schemas"]["Wish"];

/** The most that the API gives at once. */
const pageSize = 100;

const wishesQuery = queryOptions({
  queryKey: ["market", "wishlist"],
  queryFn: async ({ signal }): Promise<Wish[]> => {
    const wishes: Wish[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: pageSize, cursor };
      const askedAt = Date.now();
      const { data, meta } = await answerOf(
        api.GET("/api/v1/marketplace/wishlist", { params: { query }, signal }),
      );
      learnServerTime(meta.server_time, askedAt);
      wishes.push(...data);
      cursor = meta.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return wishes;
  },
});

/** The whole wishlist, the newest wish first; pending for a visitor. */
export function useWishlist() {
  return useQuery({ ...wishesQuery, enabled: useSession() !== null });
}

/** Hearts that were pressed and not answered yet: product → what was asked for. */
const pressedKey = ["market", "wishlist", "pressed"];
type Pressed = Record<string, boolean>;

/** Whether a product is wished for: as its heart was last pressed, else as the server has it. */
export function useWished({ id, wished }: Pick<ProductCard, "id" | "wished">): boolean {
  const wishes = useWishlist().data;
  const pressed = useQuery({ queryKey: pressedKey, queryFn: (): Pressed => ({}), staleTime: Infinity }).data;
  return pressed?.[id] ?? wishes?.some(({ product }) => product.id === id) ?? wished ?? false;
}

/** Wishes for a product, or no longer: seen at once, taken back where the server refuses, also when its heart is gone by then. */
export function useWish(productId: string, onRefused: (error: Error) => void) {
  const client = useQueryClient();
  const press = (wished: boolean | undefined) =>
    client.setQueryData<Pressed>(pressedKey, (pressed = {}) => {
      const { [productId]: _, ...others } = pressed;
      return wished === undefined ? others : { ...others, [productId]: wished };
    });
  return useMutation({
    // One after another: what was pressed last is what stays.
    scope: { id: `wish ${productId}` },
    mutationFn: async (wished: boolean) => {
      const params = { path: { product_id: productId } };
      await answerOf(
        wished
          ? api.POST("/api/v1/marketplace/wishlist/{product_id}", { params })
          : api.DELETE("/api/v1/marketplace/wishlist/{product_id}", { params }),
      );
    },
    onMutate: (wished) => {
      press(wished);
    },
    onError: onRefused,
    onSettled: async () => {
      await client.invalidateQueries(wishesQuery);
      press(undefined);
    },
  });
}
