/** What every test starts from: English, a server that answers as the API would, and what jsdom lacks of a browser. */
import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { setSession } from "@/api/session";
import { changeLanguage, loadSection, startMessages } from "@/messages";
import { sections } from "@/messages/sections";
import { server } from "./server";

// A page's first chunk can take its time on a busy machine.
configure({ asyncUtilTimeout: 10_000 });

vi.stubGlobal("matchMedia", (query: string) =>
  Object.assign(new EventTarget(), { media: query, matches: false }),
);

Object.defineProperty(navigator, "languages", { value: ["en-GB", "fr-FR"] });

// jsdom knows <dialog>, but not how to open it.
HTMLDialogElement.prototype.showModal = function showModal(this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close = function close(this: HTMLDialogElement) {
  this.open = false;
};

// jsdom lays nothing out, opens no popover and plays no sound.
vi.stubGlobal(
  "ResizeObserver",
  class {
    observe() {}
    disconnect() {}
  },
);
HTMLElement.prototype.hidePopover = () => undefined;
HTMLMediaElement.prototype.pause = () => undefined;
HTMLMediaElement.prototype.play = () => Promise.resolve();

// What fails in a test fails at once; queries.test.ts shows the retries.
queryClient.setDefaultOptions({ queries: { ...queryClient.getDefaultOptions().queries, retry: false } });

beforeAll(async () => {
  server.listen({ onUnhandledRequest: "error" });
  await startMessages("en");
  // Parts are rendered without their routes, which would load them.
  await Promise.all(sections.map(loadSection));
});

afterEach(async () => {
  cleanup();
  server.resetHandlers();
  setSession(null);
  queryClient.clear();
  await changeLanguage("en");
  localStorage.clear();
  // As another tab would tell it.
  window.dispatchEvent(new StorageEvent("storage", { key: null }));
});

afterAll(() => server.close());
