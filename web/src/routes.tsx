/** Every address of the app. Each page is a chunk of its own, loaded when it is first opened. */
import { redirect, type RouteObject } from "react-router";
import { analyticsRoutes } from "@/pages/analytics/routes";
import { listenRoutes } from "@/pages/listen/routes";
import { Shell } from "@/shell/Shell";

export const routes: RouteObject[] = [
  {
    element: <Shell />,
    children: [
      { index: true, loader: () => redirect("/listen") },
      { path: "listen", children: listenRoutes },
      { path: "analytics", children: analyticsRoutes },
      { path: "*", lazy: () => import("@/pages/NotFound") },
    ],
  },
];
