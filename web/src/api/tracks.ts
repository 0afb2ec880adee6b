/** A creator's own tracks. */
import {
  infiniteQueryOptions,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useState } from "react";
import { useAccount } from "./account";
import { answerOf, api } from "./client";
import type { components } from "./schema";
import { upload, UploadCanceled } from "./upload";

export type Track = components["schemas"]["Track"];
export type NewTrack = components["schemas"]["NewTrack"];
type TrackChanges = components["schemas"]["TrackChanges"];

/** The most that the API gives at once. */
const pageSize = 100;

const tracksQuery = (creator: number | undefined) =>
  infiniteQueryOptions({
    queryKey: ["tracks", { creator }],
    queryFn: ({ signal, pageParam }) =>
      answerOf(
        api.GET("/api/v1/tracks", {
          params: { query: { creator, limit: pageSize, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ meta }) => meta.next_cursor ?? undefined,
  });

/** The tracks of whoever is signed in, the newest first, a page at a time. */
export function useOwnTracks() {
  const account = useAccount();
  const creator = account.data?.creator_id ?? undefined;
  return useInfiniteQuery({ ...tracksQuery(creator), enabled: creator !== undefined });
}

const trackQuery = (id: string) =>
  queryOptions({
    queryKey: ["tracks", id],
    queryFn: async ({ signal }) =>
      (await answerOf(api.GET("/api/v1/tracks/{id}", { params: { path: { id } }, signal }))).data,
  });

export function useTrack(id: string) {
  return useQuery(trackQuery(id));
}

/** Keeps an answer that holds the track as it is now, and lets the lists be asked for again. */
function useRemember() {
  const client = useQueryClient();
  return async (track: Track) => {
    client.setQueryData(trackQuery(track.id).queryKey, track);
    await client.invalidateQueries({
      queryKey: ["tracks"],
      predicate: ({ queryKey }) => queryKey[1] !== track.id,
    });
  };
}

export function useAddTrack() {
  const remember = useRemember();
  return useMutation({
    mutationFn: async (track: NewTrack) => (await answerOf(api.POST("/api/v1/tracks", { body: track }))).data,
    onSuccess: remember,
  });
}

/** Changes a track; what is left out stays, a null `released_at` is no longer said. */
export function useChangeTrack() {
  const remember = useRemember();
  return useMutation({
    mutationFn: async ({ id, changes }: { id: string; changes: TrackChanges }) =>
      (await answerOf(api.PATCH("/api/v1/tracks/{id}", { params: { path: { id } }, body: changes }))).data,
    onSuccess: remember,
  });
}

/** Sends a track's audio to the store, and tells how far it is. */
export function useAudioUpload() {
  const remember = useRemember();
  const [fraction, setFraction] = useState(0);
  const [abort, setAbort] = useState<AbortController>();

  const mutation = useMutation({
    mutationFn: async ({ id, file }: { id: string; file: File }): Promise<Track> => {
      const controller = new AbortController();
      setAbort(controller);
      setFraction(0);
      const path = { id };
      const body = { type: file.type, size: file.size };
      const { data } = await answerOf(api.POST("/api/v1/tracks/{id}/audio", { params: { path }, body }));
      await upload(file, data.put, { onProgress: setFraction, signal: controller.signal });
      const completed = api.POST("/api/v1/tracks/{id}/audio/complete", {
        params: { path },
        body: { upload: data.upload },
      });
      return (await answerOf(completed)).data;
    },
    onSuccess: remember,
  });
  return { ...mutation, fraction, cancel: () => abort?.abort(new UploadCanceled()) };
}
