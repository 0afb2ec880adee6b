import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import tailwindcss from "@tailwindcss/vite";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** The API and everything it serves; set it to develop against another installation. */
const api = process.env.VEZA_API_URL ?? "http://127.0.0.1:8080";

/** The two files of Swagger UI that the API's own page, `/api/docs`, is made of; it asks for them under `/swagger-ui/`. */
function swaggerUi(): Plugin {
  const folder = new URL("./node_modules/swagger-ui-dist/", import.meta.url);
  return {
    name: "swagger-ui",
    apply: "build",
    generateBundle() {
      for (const file of ["swagger-ui.css", "swagger-ui-bundle.js"]) {
        const source = readFileSync(new URL(file, folder));
        this.emitFile({ type: "asset", fileName: `swagger-ui/${file}`, source });
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), swaggerUi()],
  resolve: {
    alias: {
      "@": new URL("./src", import.meta.url).pathname,
      "@veza/player": new URL("./player/src/index.ts", import.meta.url).pathname,
    },
  },
  server: { proxy: { "/api": api } },
  build: {
    target: "es2023",
    // The budget test walks the manifest to know which files a page loads.
    manifest: true,
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}", "player/**/*.test.ts"],
    exclude: ["src/journeys/**"],
    setupFiles: ["src/mocks/setup.ts"],
    restoreMocks: true,
    testTimeout: 20_000,
    expect: { poll: { timeout: 5_000 } },
  },
});
