/** What the built app weighs on the wire: each page within its budget, by the manifest of the build. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";

interface Chunk {
  file: string;
  src?: string;
  imports?: string[];
  css?: string[];
  dynamicImports?: string[];
}
type Manifest = Record<string, Chunk>;

const dist = resolve(import.meta.dirname, "../../dist");
const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8")) as Manifest;

/** The files that a browser needs for these modules: what they import, but not what they may load later. */
function filesOf(...sources: string[]): Set<string> {
  const files = new Set<string>();
  const visit = (key: string) => {
    const chunk = manifest[key];
    if (chunk === undefined) throw new Error(`${key} is not in the build; did it move?`);
    if (files.has(chunk.file)) return;
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
    for (const imported of chunk.imports ?? []) visit(imported);
  };
  for (const source of sources) visit(source);
  return files;
}

/** What the parts of the analytics load once they stand. */
const loadedLater = new Map(
  Object.values(manifest).map(({ file, dynamicImports = [] }) => [
    file,
    dynamicImports.filter((key) => key.startsWith("src/parts/")),
  ]),
);

/** In kB of 1,000 bytes, gzipped as a server sends them. Fonts come beside the text, and are not counted. */
function weightOf(files: Set<string>): number {
  const bytes = [...files].map((file) => gzipSync(readFileSync(join(dist, file))).length);
  return bytes.reduce((sum, size) => sum + size, 0) / 1_000;
}

/** What every page needs before it stands; the player's bar and the dialogs come after. (React 19.3 takes 8 kB more than 19.2.) */
const shell = ["index.html", "src/messages/en.json"];

it("the first page takes at most 160 kB", () => {
  expect(weightOf(filesOf(...shell, "src/pages/listen/Listen.tsx"))).toBeLessThanOrEqual(160);
});

/** The tabs, each an address of its own; the map comes after its card, and is counted with it. */
const tabs = Object.keys(manifest).filter((key) => /^src\/pages\/analytics\/.*Tab\.tsx$/.test(key));

it("has all tabs of the analytics as chunks of their own", () => {
  expect(tabs.length).toBeGreaterThan(7);
});

it.each(tabs)("%s takes at most 350 kB with its page, map and charts and all", (tab) => {
  const files = filesOf(
    ...shell,
    "src/messages/analytics/en.json",
    "src/pages/analytics/AnalyticsPage.tsx",
    tab,
  );
  const later = [...files].flatMap((file) => loadedLater.get(file) ?? []);
  expect(weightOf(new Set([...files, ...filesOf(...later)]))).toBeLessThanOrEqual(350);
});

it("French weighs no more than English and a bit", () => {
  const french = weightOf(filesOf("src/messages/fr.json"));
  expect(french).toBeLessThan(weightOf(filesOf("src/messages/en.json")) * 1.3);
});

it("nothing is fetched from elsewhere", () => {
  const html = readFileSync(join(dist, "index.html"), "utf8");
  expect(html.match(/(?:src|href)="(?!\/)[^"]*"/g)).toBeNull();
  expect(existsSync(join(dist, "theme.js"))).toBe(true);
});
