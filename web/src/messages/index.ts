/** Which language the app speaks: the account's, else the one chosen on this device, else the browser's, else English. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type en from "./en.json";

type Messages = typeof en;

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

async function load(language: string): Promise<object> {
  if (language === "fr") return (await import("./fr.json")).default;
  const english = (await import("./en.json")).default;
  if (language !== pseudoLanguage) return english;
  return (await import("./pseudo")).pseudoLocalize(english);
}

export function isLanguage(value: string): value is Language {
  return (languages as readonly string[]).includes(value);
}

function preferredLanguage(): string {
  const chosen = localStorage.getItem(storageKey);
  if (chosen !== null && (isLanguage(chosen) || chosen === pseudoLanguage)) return chosen;
  const ofBrowser = navigator.languages.map((tag) => tag.split("-")[0] ?? tag);
  return ofBrowser.find(isLanguage) ?? "en";
}

/** Starts i18next with one language loaded; the others come when they are chosen. */
export async function startMessages(language = preferredLanguage()): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: await load(language) } },
    fallbackLng: false,
    // React escapes.
    interpolation: { escapeValue: false },
    showSupportNotice: false,
  });
  document.documentElement.lang = language;
}

/** Switches the language, and remembers it on this device. */
export async function changeLanguage(language: string): Promise<void> {
  localStorage.setItem(storageKey, language);
  if (i18next.language === language) return;
  if (!i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", await load(language));
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
