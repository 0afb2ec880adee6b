import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider } from "react-router";
import { queryClient } from "./api/queries";
import { startMessages } from "./messages";
import { routes } from "./routes";
import { restore } from "./shell/guards";
import "./theme.css";

// After the page, which doesn't wait for it.
void import("./playback/playback").then(({ startReporting }) => startReporting());

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const messages = startMessages();
// Asked for beside the messages; the routes wait for it, and say it when it failed.
restore().catch(() => undefined);
await messages;
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={createBrowserRouter(routes)} />
    </QueryClientProvider>
  </StrictMode>,
);
