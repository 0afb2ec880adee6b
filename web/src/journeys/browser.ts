/** A real Chromium for journeys, and what is asked of every page. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";
import { afterAll, afterEach, beforeAll, inject } from "vitest";
import { signIn, type Login } from "./accounts";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];

/** Reads the page as the app would be read in Paris, in British English, unless told otherwise. */
const usual: BrowserContextOptions = {
  locale: "en-GB",
  timezoneId: "Europe/Paris",
  viewport: { width: 1440, height: 1000 },
  reducedMotion: "reduce",
};

/** A browser that says what it is driven by is a bot, and its plays don't count. */
export const person = {
  userAgent:
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
};

/** The same browser for the tests of a file; what each opens is closed after it. */
export function sharedBrowser() {
  let browser: Browser;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args });
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
  });
  afterAll(() => browser.close());

  /** A profile of its own: no cookies, nothing stored. */
  async function newContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await browser.newContext({ ...usual, baseURL: inject("api"), ...options });
    context.setDefaultTimeout(60_000);
    contexts.push(context);
    return context;
  }

  /** A page at this address in a profile of its own, signed in. */
  async function openAs(account: Login, address: string): Promise<Page> {
    const context = await newContext();
    await signIn(context, account);
    const page = await context.newPage();
    await visit(page, address);
    return page;
  }

  return { newContext, openAs };
}

/** Lets the app speak this language, whatever the account's own is. */
export async function speak(context: BrowserContext, language: string): Promise<void> {
  await context.addInitScript((chosen) => localStorage.setItem("veza.language", chosen), language);
  await context.route("**/api/v1/me", async (route) => {
    const response = await route.fetch();
    const { data, meta } = (await response.json()) as { data: object; meta: object };
    await route.fulfill({ response, json: { data: { ...data, language }, meta } });
  });
}

/** Goes there by the address, and waits until the page has said all it knows. */
export async function visit(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await settled(page);
}

/** Until the page stands, and no part of it is loading any more. */
export async function settled(page: Page): Promise<void> {
  await page.locator("h1").waitFor();
  await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * Waits until the page is painted as it is to stay: a theme that has just changed fades in for a moment, and what takes its colour
 * from something that fades begins to fade when that is done.
 */
export async function painted(page: Page): Promise<void> {
  await page.evaluate(async () => {
    let passing: Animation[];
    do {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      passing = document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity);
      await Promise.allSettled(passing.map((animation) => animation.finished));
    } while (passing.length > 0);
  });
}

/** What axe finds that is serious: "color-contrast: .text-ink3 (4.1 : 1 …)". */
export async function seriousFaults(page: Page): Promise<string[]> {
  await painted(page);
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate((): Promise<AxeResults> => {
    const { axe } = window as unknown as { axe: { run: () => Promise<AxeResults> } };
    return axe.run();
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

/** Whether the page needs more room sideways than it has; then what reaches out of it. */
export async function sidewaysOverflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    // What stands here runs in the page, so it can't stand outside.
    // oxlint-disable-next-line unicorn/consistent-function-scoping
    const isClipped = ({ parentElement: parent }: Element): boolean =>
      parent !== null && (getComputedStyle(parent).overflowX !== "visible" || isClipped(parent));
    return [...document.body.querySelectorAll("*")]
      .filter((element) => element.getBoundingClientRect().right > clientWidth && !isClipped(element))
      .slice(0, 5)
      .map((element) => element.outerHTML.slice(0, 160));
  });
}

/**
 * Text that did not come from the messages: in the pseudo-language all of theirs stands in brackets.
 *
 * Data, which is nobody's to translate, is marked with `translate="no"`.
 */
export async function textOutsideMessages(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    // What stands here runs in the page, so none of it can stand outside.
    /* oxlint-disable unicorn/consistent-function-scoping */
    const found: string[] = [];
    let depth = 0;

    /** Keeps what of the text stands outside of brackets; messages can hold messages. */
    const outside = (text: string) => {
      let kept = "";
      for (const char of text) {
        if (char === "[") depth += 1;
        else if (char === "]") depth -= 1;
        else if (depth === 0) kept += char;
      }
      return kept.trim();
    };
    const note = (where: string, text: string) => {
      if (/\p{Letter}/u.test(text)) found.push(`${where}: ${text}`);
    };
    const isOurs = (element: Element | null) => element?.closest("[translate=no], script, style") === null;

    // A message can reach over several nodes, so the depth goes on from one to the next.
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (isOurs(node.parentElement)) note("text", outside(node.textContent ?? ""));
    }
    for (const element of document.body.querySelectorAll("*")) {
      for (const name of ["aria-label", "title", "placeholder", "alt", "label"]) {
        if (isOurs(element)) note(name, outside(element.getAttribute(name) ?? ""));
      }
    }
    note("title of the page", outside(document.title));
    if (depth !== 0) found.push(`brackets don't match: ${depth}`);
    return found;
  });
}
