import type { RouteObject } from "react-router";
import { withMessages } from "@/messages/sections";

/** The tabs below `/admin`, each a chunk of its own. */
export const adminRoutes: RouteObject[] = [
  {
    lazy: withMessages(["admin", "disputes"], () => import("./AdminPage")),
    children: [
      { index: true, lazy: () => import("./health/HealthTab") },
      { path: "users", lazy: () => import("./users/UsersTab") },
      { path: "transactions", lazy: () => import("./transactions/TransactionsTab") },
      { path: "disputes", lazy: () => import("./disputes/DisputesTab") },
      { path: "disputes/:id", lazy: () => import("./disputes/DisputePage") },
    ],
  },
];
