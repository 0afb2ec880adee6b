/** Which language the app speaks: the account's, else the one chosen on this device, else the browser's, else English. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type en from "./en.json";
import type { Section, SectionMessages } from "./sections";

type Messages = typeof en & SectionMessages;

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: Messages };
  }
}

/** Languages that people can choose. */
export const languages = ["en", "fr"] as const;
export type Language = (typeof languages)[number];

/** CLDR's pseudo-locale: English in brackets. Text without brackets did not come from the messages, and a test fails. */
export const pseudoLanguage = "en-XA";

const storageKey = "veza.language";

const files = import.meta.glob<{ default: object }>("./**/*.json");

/** Sections that a page has asked for so far; a change of language brings them along. */
const sectionsInUse = new Set<Section>();

/** The language that is spoken, or is about to be. */
let chosen: string;
/** Nothing can be added before i18next has started. */
let started: Promise<void> | undefined;

async function read(file: string, language: string): Promise<object> {
  const source = language === pseudoLanguage ? "en" : language;
  const load = files[`${file}${source}.json`];
  if (load === undefined) throw new Error(`there is no ${file}${source}.json`);
  const { default: messages } = await load();
  return language === pseudoLanguage ? (await import("./pseudo")).pseudoLocalize(messages) : messages;
}

/** Loads what this language lacks of the messages that are in use. */
async function complete(language: string): Promise<void> {
  const add = (messages: object) => i18next.addResourceBundle(language, "translation", messages, true);
  const missing = [...sectionsInUse].filter(
    (section) => !i18next.exists(section, { lng: language, returnObjects: true }),
  );
  await Promise.all([
    ...(i18next.hasResourceBundle(language, "translation") ? [] : [read("./", language).then(add)]),
    ...missing.map(async (section) => add({ [section]: await read(`./${section}/`, language) })),
  ]);
}

/** Loads the messages of a part of the app, in the language that is spoken. */
export async function loadSection(section: Section): Promise<void> {
  sectionsInUse.add(section);
  await complete(chosen);
}

export function isLanguage(value: string): value is Language {
  return (languages as readonly string[]).includes(value);
}

function preferredLanguage(): string {
  const stored = localStorage.getItem(storageKey);
  if (stored !== null && (isLanguage(stored) || stored === pseudoLanguage)) return stored;
  const ofBrowser = navigator.languages.map((tag) => tag.split("-")[0] ?? tag);
  return ofBrowser.find(isLanguage) ?? "en";
}

/** Starts i18next with one language loaded; the others come when they are chosen. */
export function startMessages(language = preferredLanguage()): Promise<void> {
  started = start(language);
  return started;
}

async function start(language: string): Promise<void> {
  chosen = language;
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: {},
    fallbackLng: false,
    // React escapes.
    interpolation: { escapeValue: false },
    showSupportNotice: false,
  });
  await complete(language);
  document.documentElement.lang = language;
}

/** Switches the language, and remembers it on this device. */
export async function changeLanguage(language: string): Promise<void> {
  await started;
  localStorage.setItem(storageKey, language);
  if (chosen === language) return;
  chosen = language;
  await complete(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
