import type { RouteObject } from "react-router";
import { withMessages } from "@/messages/sections";

/** The pages below `/sell`. */
export const sellRoutes: RouteObject[] = [
  {
    lazy: withMessages(["market", "sell", "disputes"], () => import("./SellPage")),
    children: [
      { index: true, lazy: () => import("./products/ProductList") },
      { path: "promotions", lazy: () => import("./promotions/Promotions") },
      { path: "sales", lazy: () => import("./Sales") },
      { path: "demand", lazy: () => import("./Demand") },
      { path: "reviews", lazy: () => import("./Reviews") },
      { path: "disputes", lazy: () => import("./Disputes") },
      { path: "disputes/:id", lazy: () => import("./Disputes") },
    ],
  },
  { path: "new", lazy: withMessages(["market", "sell"], () => import("./products/AddProduct")) },
  { path: "products/:id", lazy: withMessages(["market", "sell"], () => import("./products/EditProduct")) },
];
