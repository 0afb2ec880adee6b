import { defineConfig } from "vitest/config";

/**
 * Journeys share one running stack and one browser, so they run one after another. In the mode "screenshots", pictures are
 * taken of the pages instead, in the same browser.
 */
export default defineConfig(({ mode }) => ({
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  test: {
    environment: "node",
    include: [mode === "screenshots" ? "src/journeys/screenshots.ts" : "src/journeys/**/*.test.ts"],
    globalSetup: ["src/journeys/stack.ts"],
    fileParallelism: false,
    // A tick for each.
    reporters: ["verbose"],
    // What is waited for comes within seconds; a machine that does much else gets its time.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
}));
