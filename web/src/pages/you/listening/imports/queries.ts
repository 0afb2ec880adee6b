/** Listening histories that the account has brought along from elsewhere. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "@/api/client";
import type { components } from "@/api/schema";
import { UploadCanceled, uploadToApi } from "@/api/upload";
import { listeningKey } from "../queries";

type Schemas = components["schemas"];
export type ListeningImport = Schemas["ListeningImport"];
export type ImportSummary = Schemas["ImportSummary"];

const importsKey = ["me", "imports"] as const;
/** As many as are shown. */
const latest = 10;
const followMs = 1_000;

export const isOver = ({ ended_at, state }: ListeningImport) => ended_at !== null || state === "interrupted";

async function fetchImports(signal?: AbortSignal): Promise<ListeningImport[]> {
  const params = { query: { limit: latest } };
  return (await answerOf(api.GET("/api/v1/me/listening/imports", { params, signal }))).data;
}

/** The latest imports, the newest first; followed while one is under way. */
export function useImports() {
  const client = useQueryClient();
  return useQuery({
    queryKey: importsKey,
    queryFn: async ({ signal }) => {
      const before = client.getQueryData<ListeningImport[]>(importsKey);
      const imports = await fetchImports(signal);
      // What has been brought in by now is the account's listening.
      if (before?.some((one) => !isOver(one)) && imports.every(isOver)) {
        await client.invalidateQueries({ queryKey: listeningKey });
      }
      return imports;
    },
    refetchInterval: ({ state }) => (state.data?.some((one) => !isOver(one)) ? followMs : false),
  });
}

/** Sends a history to the API, and tells how far it is; the API then reads it on its own. */
export function useHistoryUpload() {
  const client = useQueryClient();
  const [fraction, setFraction] = useState(0);
  const [abort, setAbort] = useState<AbortController>();

  const mutation = useMutation({
    mutationFn: async (file: File): Promise<ListeningImport> => {
      const controller = new AbortController();
      setAbort(controller);
      setFraction(0);
      // The file can be sent once only, so a session that has run out is renewed by a small question first.
      await fetchImports(controller.signal);
      const url = `/api/v1/me/listening/imports?${new URLSearchParams({ name: file.name })}`;
      const answer = await uploadToApi(file, url, {
        onProgress: setFraction,
        signal: controller.signal,
      });
      return (answer as { data: ListeningImport }).data;
    },
    onSuccess: async (begun) => {
      client.setQueryData<ListeningImport[]>(importsKey, (imports = []) => [
        begun,
        ...imports.filter(({ id }) => id !== begun.id),
      ]);
      await client.invalidateQueries({ queryKey: importsKey });
    },
  });
  return { ...mutation, fraction, cancel: () => abort?.abort(new UploadCanceled()) };
}
