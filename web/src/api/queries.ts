/** How answers are kept and asked for again. */
import { QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "./problem";

const mostRetries = 2;

/** What may succeed when it is sent again: no answer, 5xx, 429. The rest would be refused again. */
function isRetriable(error: unknown): boolean {
  if (error instanceof ApiProblem) return error.status >= 500 || error.status === 429;
  return error instanceof TypeError;
}

/** As the server asks, else after 1 s, 2 s. */
function retryDelay(attempt: number, error: unknown): number {
  const asked = error instanceof ApiProblem ? error.retryAfter : undefined;
  return (asked ?? 2 ** attempt) * 1_000;
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < mostRetries && isRetriable(error),
        retryDelay,
      },
    },
  });
}

/** The page's one. */
export const queryClient = createQueryClient();
