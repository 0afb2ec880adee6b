import { defineConfig } from "vite";

/** `player.mjs` for pages with a build; with `--mode script`, `player.js` for a `<script>` tag. */
export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  publicDir: false,
  build: {
    target: "es2022",
    sourcemap: true,
    emptyOutDir: mode !== "script",
    lib:
      mode === "script"
        ? { entry: "src/script.ts", formats: ["iife"], name: "VezaPlayer", fileName: () => "player.js" }
        : { entry: "src/index.ts", formats: ["es"], fileName: () => "player.mjs" },
  },
}));
