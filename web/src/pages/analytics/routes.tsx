import type { RouteObject } from "react-router";

/** The tabs below `/analytics`, each a chunk of its own. */
export const analyticsRoutes: RouteObject[] = [
  {
    lazy: () => import("./AnalyticsPage"),
    children: [
      { index: true, lazy: () => import("./overview/OverviewTab") },
      { path: "geography", lazy: () => import("./geography/GeographyTab") },
      { path: "devices", lazy: () => import("./devices/DevicesTab") },
      { path: "sources", lazy: () => import("./sources/SourcesTab") },
      { path: "tracks", lazy: () => import("./tracks/TracksTab") },
    ],
  },
];
