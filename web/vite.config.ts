import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import tailwindcss from "@tailwindcss/vite";
import { quantize, transform } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { build, type Plugin } from "vite";
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

/** The player as one script, `/player.js`, for pages of other sites. */
function playerScript(): Plugin {
  return {
    name: "player-script",
    apply: "build",
    async generateBundle() {
      const configFile = new URL("./player/vite.config.ts", import.meta.url).pathname;
      const built = await build({
        configFile,
        mode: "script",
        logLevel: "warn",
        build: { write: false, sourcemap: false },
      });
      for (const { output } of [built].flat() as { output: { fileName: string; code?: string }[] }[]) {
        for (const { fileName, code } of output) {
          if (code !== undefined) this.emitFile({ type: "asset", fileName, source: code });
        }
      }
    },
  };
}

/**
 * The shapes of the countries on a grid of 10,000 × 10,000, 4 km at the equator: less than a pixel of the map, and two
 * thirds of the bytes.
 */
function coarserAtlas(): Plugin {
  return {
    name: "coarser-atlas",
    enforce: "pre",
    transform: {
      filter: { id: /world-atlas\/countries-110m\.json$/ },
      handler(json) {
        const { transform: grid, ...atlas } = JSON.parse(json) as Topology<{
          countries: GeometryCollection<{ name: string }>;
        }>;
        const pointOf = transform(grid ?? null);
        const arcs = atlas.arcs.map((arc) => arc.map((point, index) => pointOf([...point], index > 0)));
        const objects = { countries: atlas.objects.countries };
        return JSON.stringify(quantize({ ...atlas, objects, arcs }, 10_000));
      },
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), playerScript(), swaggerUi(), coarserAtlas()],
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
    rolldownOptions: {
      output: {
        // A page of sixty small files is fetched in four rounds, as each names the next ones; of a dozen, in one.
        codeSplitting: {
          groups: [
            // What every page needs before it stands: of others, and our own, which changes more often.
            { name: "libraries", tags: ["$initial"], test: /\/node_modules\// },
            { name: "shell", tags: ["$initial"], test: /(?<!\/main\.tsx|\/index\.html)$/ },
            // What most pages are made of. The less they share, the more would each load in vain.
            {
              name: "parts",
              minShareCount: 12,
              test: /\/src\/(?:parts\/(?!charts\/)|format\/|api\/)|\/node_modules\/(?:lucide-react|@tanstack)\//,
            },
            { name: "analytics", minShareCount: 2, test: /\/src\/pages\/analytics\// },
          ],
        },
      },
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}", "player/**/*.test.ts"],
    exclude: ["src/journeys/**"],
    setupFiles: ["src/mocks/setup.ts"],
    restoreMocks: true,
    testTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
  },
});
