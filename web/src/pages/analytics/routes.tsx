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
      { path: "revenue", lazy: () => import("./revenue/RevenueTab") },
      { path: "comparison", lazy: () => import("./comparison/ComparisonTab") },
      { path: "excluded", lazy: () => import("./excluded/ExcludedTab") },
      { path: "live", lazy: () => import("./live/LiveTab") },
    ],
  },
];
