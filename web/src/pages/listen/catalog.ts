/** The public catalog: tracks, creators, and whom one follows. */
import {
  infiniteQueryOptions,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";
import type { components } from "@/api/schema";
import { useSession } from "@/api/session";

export type Creator = components["schemas"]["Creator"];

const pageSize = 30;
/** Whom one follows is asked for at once, to mark them in any list. */
const mostFollowed = 100;

/** Public tracks, the newest first; `creator`: of this one only. */
export function usePublicTracks(creator?: number) {
  return useInfiniteQuery(
    infiniteQueryOptions({
      queryKey: ["catalog", "tracks", { creator }],
      queryFn: ({ signal, pageParam }) =>
        answerOf(
          api.GET("/api/v1/tracks", {
            params: { query: { creator, limit: pageSize, cursor: pageParam } },
            signal,
          }),
        ),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ meta }) => meta.next_cursor ?? undefined,
    }),
  );
}

const creatorsQuery = queryOptions({
  queryKey: ["catalog", "creators"],
  queryFn: async ({ signal }) =>
    (await answerOf(api.GET("/api/v1/creators", { params: { query: { limit: 12 } }, signal }))).data,
});

export function useCreators() {
  return useQuery(creatorsQuery);
}

export function useCreator(id: number) {
  return useQuery({
    queryKey: ["catalog", "creators", id],
    queryFn: async ({ signal }) =>
      (await answerOf(api.GET("/api/v1/creators/{id}", { params: { path: { id } }, signal }))).data,
  });
}

const followingQuery = queryOptions({
  queryKey: ["catalog", "following"],
  queryFn: async ({ signal }) => {
    const query = { limit: mostFollowed };
    const { data } = await answerOf(api.GET("/api/v1/me/following", { params: { query }, signal }));
    return data.map(({ creator_id }) => creator_id);
  },
});

/** The creators that this account follows; undefined until it is known, and for a visitor. */
export function useFollowing(): number[] | undefined {
  return useQuery({ ...followingQuery, enabled: useSession() !== null }).data;
}

/** Follows a creator, or stops to. */
export function useFollow(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (follow: boolean) => {
      const params = { path: { id } };
      await answerOf(
        follow
          ? api.POST("/api/v1/creators/{id}/follow", { params })
          : api.DELETE("/api/v1/creators/{id}/follow", { params }),
      );
    },
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: followingQuery.queryKey }),
        client.invalidateQueries({ queryKey: creatorsQuery.queryKey }),
      ]),
  });
}
