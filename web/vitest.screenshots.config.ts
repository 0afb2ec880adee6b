import { defineConfig } from "vitest/config";
import journeys from "./vitest.journeys.config";

/** Pictures are taken as journeys walk: of a running installation, in the same browser. */
export default defineConfig({
  ...journeys,
  test: { ...journeys.test, include: ["src/journeys/screenshots.ts"] },
});
