import { QueryClientProvider } from "@tanstack/react-query";
import { render, type RenderResult } from "@testing-library/react";
import type { ReactNode } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { queryClient } from "@/api/queries";
import { setSession, type Role } from "@/api/session";
import { routes } from "@/routes";
import { accessTokenOf } from "./token";

/** Renders a part where its links and its questions to the API work; it stands at `/`. */
export function renderPart(part: ReactNode): RenderResult {
  const router = createMemoryRouter([{ path: "*", element: part }]);
  return render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
}

/** Opens the app at an address, signed in with this role; null is a visitor. Gives the router, to see where one is. */
export function openApp(address: string, role: Role | null): ReturnType<typeof createMemoryRouter> {
  setSession(role === null ? null : accessTokenOf(role));
  const router = createMemoryRouter(routes, { initialEntries: [address] });
  render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return router;
}
