/** Every address of the app. Each page is a chunk of its own, loaded when it is first opened. */
import { redirect, type RouteObject } from "react-router";
import { withMessages } from "@/messages/sections";
import { adminRoutes } from "@/pages/admin/routes";
import { analyticsRoutes } from "@/pages/analytics/routes";
import { ErrorPage } from "@/pages/ErrorPage";
import { listenRoutes } from "@/pages/listen/routes";
import { youRoutes } from "@/pages/you/routes";
import { marketRoutes } from "@/pages/market/routes";
import { sellRoutes } from "@/pages/sell/routes";
import { only, restore } from "@/shell/guards";
import { Shell } from "@/shell/Shell";
import { Splash } from "@/shell/Splash";

export const routes: RouteObject[] = [
  {
    element: <Shell />,
    loader: restore,
    // Once, before the first page; from then on the session lives in memory.
    shouldRevalidate: () => false,
    hydrateFallbackElement: <Splash />,
    children: [
      {
        // Around the pages and inside the shell, so that one can go on from a page that failed.
        errorElement: <ErrorPage />,
        children: [
          {
            index: true,
            // With its query: campaigns are read from a visit's first address.
            loader: ({ request }) => redirect(`/listen${new URL(request.url).search}`),
          },
          { path: "listen", children: listenRoutes },
          { path: "login", lazy: () => import("@/pages/LogIn") },
          { path: "signup", lazy: () => import("@/pages/SignUp") },
          { path: "you", loader: only(), children: youRoutes },
          {
            path: "tracks",
            loader: only("creator"),
            children: [
              { index: true, lazy: withMessages("tracks", () => import("@/pages/tracks/TrackList")) },
              { path: "new", lazy: withMessages("tracks", () => import("@/pages/tracks/AddTrack")) },
              { path: ":id", lazy: withMessages("tracks", () => import("@/pages/tracks/EditTrack")) },
            ],
          },
          { path: "market", children: marketRoutes },
          { path: "sell", loader: only("creator"), children: sellRoutes },
          { path: "analytics", loader: only("creator", "admin"), children: analyticsRoutes },
          { path: "admin", loader: only("admin"), children: adminRoutes },
          { path: "*", lazy: () => import("@/pages/NotFound") },
        ],
      },
    ],
    errorElement: <ErrorPage />,
  },
];
