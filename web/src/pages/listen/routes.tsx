import type { RouteObject } from "react-router";

/** The pages below `/listen`. */
export const listenRoutes: RouteObject[] = [];
