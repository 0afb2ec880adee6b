/** What every test starts from: English, a server that answers as the API would, and what jsdom lacks of a browser. */
import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, vi } from "vitest";
import { setSession } from "@/api/session";
import { changeLanguage, startMessages } from "@/messages";
import { server } from "./server";

vi.stubGlobal("matchMedia", (query: string) =>
  Object.assign(new EventTarget(), { media: query, matches: false }),
);

// jsdom knows <dialog>, but not how to open it.
HTMLDialogElement.prototype.showModal = function showModal(this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close = function close(this: HTMLDialogElement) {
  this.open = false;
};

beforeAll(async () => {
  server.listen({ onUnhandledRequest: "error" });
  await startMessages("en");
});

afterEach(async () => {
  cleanup();
  server.resetHandlers();
  setSession(null);
  localStorage.clear();
  await changeLanguage("en");
  localStorage.clear();
});

afterAll(() => server.close());
