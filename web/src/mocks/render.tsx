import { render, type RenderResult } from "@testing-library/react";
import type { ReactNode } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";

/** Renders a part where its links work; it stands at `/`. */
export function renderPart(part: ReactNode): RenderResult {
  const router = createMemoryRouter([{ path: "*", element: part }]);
  return render(<RouterProvider router={router} />);
}
