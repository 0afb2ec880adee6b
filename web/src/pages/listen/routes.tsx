import type { RouteObject } from "react-router";

/** The pages below `/listen`. */
export const listenRoutes: RouteObject[] = [
  { index: true, lazy: () => import("./Listen") },
  { path: "creators/:id", lazy: () => import("./CreatorPage") },
];
