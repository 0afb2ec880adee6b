import type { RouteObject } from "react-router";
import { withMessages } from "@/messages/sections";
import { only } from "@/shell/guards";

/** The pages below `/market`: the shop is everyone's, what one wishes for and buys asks for an account. */
export const marketRoutes: RouteObject[] = [
  {
    lazy: withMessages(["market", "disputes"], () => import("./MarketPage")),
    children: [
      { index: true, lazy: () => import("./discover/Discover") },
      { path: "deals", lazy: () => import("./Deals") },
      { path: "products/:id", lazy: () => import("./product/ProductPage") },
      { path: "cart", lazy: () => import("./Cart") },
      { path: "wishlist", loader: only(), lazy: () => import("./Wishlist") },
      { path: "checkout", loader: only(), lazy: () => import("./checkout/Checkout") },
      { path: "purchases", loader: only(), lazy: () => import("./purchases/Purchases") },
      { path: "purchases/:id", loader: only(), lazy: () => import("./purchases/Purchases") },
    ],
  },
];
