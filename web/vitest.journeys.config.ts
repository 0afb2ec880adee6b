import { defineConfig } from "vitest/config";

/** Journeys share one running stack and one browser, so they run one after another. */
export default defineConfig({
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  test: {
    environment: "node",
    include: ["src/journeys/**/*.test.ts"],
    globalSetup: ["src/journeys/stack.ts"],
    fileParallelism: false,
    // A tick for each.
    reporters: ["verbose"],
    // What is waited for comes within seconds; a machine that does much else gets its time.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
