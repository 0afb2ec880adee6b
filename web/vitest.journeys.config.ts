import { defineConfig } from "vitest/config";

/**
 * Journeys share one running stack and one browser, so they run one after another. Another mode is the name of a
 * file beside them that does something else with the same browser: "screenshots" takes pictures of the pages, "paints" measures them.
 */
export default defineConfig(({ mode }) => ({
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  test: {
    environment: "node",
    include: [mode === "test" ? "src/journeys/**/*.test.ts" : `src/journeys/${mode}.ts`],
    globalSetup: ["src/journeys/stack.ts"],
    fileParallelism: false,
    // A tick for each.
    reporters: ["verbose"],
    // What is waited for comes within seconds; a machine that does much else gets its time.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
}));
