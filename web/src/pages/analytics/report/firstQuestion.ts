/** What a tab wants to know before anything else. */
import type { FetchQueryOptions } from "@tanstack/react-query";
import type { LoaderFunctionArgs } from "react-router";
import { currentZone } from "@/api/account";
import { queryClient } from "@/api/queries";
import { getSession } from "@/api/session";
import { restore } from "@/shell/guards";
import { readReport, type Report } from "./report";
import { currentMinute } from "./useMinute";

/**
 * The loader of a tab that asks several questions: it asks this one as soon as it is known who asks, while the page is still being
 * made, so that its answer need not wait for those of the others. The page asks the same, and finds it under way; nothing waits here.
 */
export function asking<Data, Error, Kept, Key extends readonly unknown[]>(
  question: (report: Report) => FetchQueryOptions<Data, Error, Kept, Key>,
) {
  return async ({ request }: LoaderFunctionArgs): Promise<null> => {
    await restore();
    if (getSession() === null) return null;
    const { searchParams } = new URL(request.url);
    void queryClient.prefetchQuery(question(readReport(searchParams, currentZone(), currentMinute())));
    return null;
  };
}
