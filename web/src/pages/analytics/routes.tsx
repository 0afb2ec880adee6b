import type { RouteObject } from "react-router";

/** The tabs below `/analytics`, each a chunk of its own. */
export const analyticsRoutes: RouteObject[] = [];
