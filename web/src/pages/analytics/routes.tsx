import type { RouteObject } from "react-router";
import { withMessages } from "@/messages/sections";

/** The tabs below `/analytics`, each a chunk of its own. */
export const analyticsRoutes: RouteObject[] = [
  {
    lazy: withMessages("analytics", () => import("./AnalyticsPage")),
    children: [
      { index: true, lazy: () => import("./overview/OverviewTab") },
      { path: "geography", lazy: () => import("./geography/GeographyTab") },
      { path: "devices", lazy: () => import("./devices/DevicesTab") },
      { path: "sources", lazy: () => import("./sources/SourcesTab") },
      { path: "tracks", lazy: () => import("./tracks/TracksTab") },
    ],
  },
];
