import type { RouteObject } from "react-router";
import { withMessages } from "@/messages/sections";

/** One's own pages: the account, and what one has listened to. */
export const youRoutes: RouteObject[] = [
  { index: true, lazy: withMessages("you", () => import("./You")) },
  {
    path: "listening",
    // Its header has the tabs of the account's page.
    lazy: withMessages(["you", "listening"], () => import("./listening/Listening")),
  },
];
