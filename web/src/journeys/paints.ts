/**
 * How soon the analytics' pages are seen, as `make bench SCENARIO=pages` asks for it: of the installation and the account that it names,
 * into the JSON that it reads.
 */
import { writeFile } from "node:fs/promises";
import type { BrowserContext } from "playwright-core";
import { afterAll, describe, expect, it } from "vitest";
import { signIn } from "./accounts";
import { sharedBrowser } from "./browser";

const browser = sharedBrowser();

function setting(name: string): string {
  const value = process.env[`VEZA_PAINTS_${name}`];
  if (value === undefined)
    throw new Error(`VEZA_PAINTS_${name} is missing; start it by: make bench SCENARIO=pages`);
  return value;
}

const login = { email: setting("EMAIL"), password: setting("PASSWORD") };
const openings = Number(setting("OPENINGS"));

const tabs = ["geography", "devices", "sources", "tracks", "revenue", "comparison", "excluded", "live"];
const pages = ["/analytics", ...tabs.map((tab) => `/analytics/${tab}`)];

/** In ms since the navigation began. */
interface Marks {
  firstData?: number;
  whole?: number;
}

/** Nothing came to be awaited for so long: the page is whole. */
const quietMs = 500;

/** Runs in each page before its own scripts: looks at every frame before it is painted. */
function mark(): void {
  const marks: Marks = {};
  Object.assign(window, { marks });

  // The browser itself tells when text of an element that bears this name was first painted.
  const named = "data";
  new PerformanceObserver((list) => {
    const times = list.getEntries().map((entry) => (entry as unknown as { renderTime: number }).renderTime);
    marks.firstData ??= Math.min(...times);
  }).observe({ type: "element", buffered: true });

  let told = false;
  let stood = false;
  const look = (now: number) => {
    const first = document.querySelector("main section");
    if (!told && first !== null && !first.hasAttribute("aria-busy")) {
      told = true;
      for (const part of first.querySelectorAll("*")) part.setAttribute("elementtiming", named);
    }
    // What stood at the frame before is painted by now.
    if (stood) marks.whole ??= now;
    else delete marks.whole;
    stood = first !== null && document.querySelector("[aria-busy=true]") === null;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

interface Opened {
  marks: Required<Marks>;
  /** What it says to have failed. */
  errors: string[];
}

async function open(context: BrowserContext, address: string): Promise<Opened> {
  const page = await context.newPage();
  await page.goto(`${address}?range=90d`);
  await page.waitForFunction((quiet) => {
    const { marks } = window as unknown as { marks: Marks };
    return (
      marks.firstData !== undefined && marks.whole !== undefined && performance.now() > marks.whole + quiet
    );
  }, quietMs);
  const errors = await page.getByRole("alert").allTextContents();
  const marks = await page.evaluate(() => (window as unknown as { marks: Required<Marks> }).marks);
  await page.close();
  return { marks, errors };
}

async function profile(): Promise<BrowserContext> {
  const context = await browser.newContext();
  await signIn(context, login);
  await context.addInitScript(mark);
  return context;
}

const measured: { page: string; returning: boolean; first_data: number[]; whole: number[] }[] = [];

/** Keeps what was measured of a page that showed all its data each time. */
function keep(page: string, returning: boolean, opened: Opened[]): void {
  expect(opened.flatMap(({ errors }) => errors)).toEqual([]);
  measured.push({
    page,
    returning,
    first_data: opened.map(({ marks }) => marks.firstData),
    whole: opened.map(({ marks }) => marks.whole),
  });
}

describe.each(pages)("%s", (address) => {
  it("in a browser that was never here", async () => {
    const opened: Opened[] = [];
    for (let opening = 0; opening < openings; opening += 1) {
      opened.push(await open(await profile(), address));
    }
    expect(opened).toHaveLength(openings);
    keep(address, false, opened);
  });

  it("in one that comes again", async () => {
    const context = await profile();
    await open(context, address);
    const opened: Opened[] = [];
    for (let opening = 0; opening < openings; opening += 1) opened.push(await open(context, address));
    expect(opened).toHaveLength(openings);
    keep(address, true, opened);
  });
});

afterAll(() => writeFile(setting("FILE"), JSON.stringify(measured)));
