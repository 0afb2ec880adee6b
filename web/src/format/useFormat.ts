import { useTranslation } from "react-i18next";
import { pseudoLanguage } from "@/messages";
import { browserZone } from "./zones";
import { formatsFor, type Formats } from "./format";

/** The browser's regional variant of the app's language ("en-US"), or the language's home where it has none. */
function localeOf(language: string): string {
  const variant = navigator.languages.find((tag) => tag.split("-")[0] === language && tag.includes("-"));
  return variant ?? (language === "fr" ? "fr-FR" : "en-GB");
}

const bracket = (text: string) => (/\p{Letter}/u.test(text) ? `[${text}]` : text);

/** How the reader's language writes numbers, and times in `zone` (an IANA name). */
export function useFormat(zone: string = browserZone): Formats {
  const { i18n } = useTranslation();
  if (i18n.language === pseudoLanguage) return formatsFor("en-GB", zone, bracket);
  return formatsFor(localeOf(i18n.language), zone);
}
