/** Countries that tax can be declared for, and which one is likely. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import codes from "i18n-iso-countries/codes.json";

const storageKey = "veza.country";

const alpha2: readonly string[] = codes.map(([code]) => code ?? "").filter((code) => /^[A-Z]{2}$/.test(code));

/** Every country by its name in the reader's language, in its order. */
export function useCountries(): readonly { code: string; name: string }[] {
  const { country, locale } = useFormat();
  const { i18n } = useTranslation();
  return useMemo(() => {
    const named = alpha2.map((code) => ({ code, name: country(code) }));
    return named.toSorted((a, b) => a.name.localeCompare(b.name, locale));
    // The formats are new objects each time, but the same in one language.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [i18n.language]);
}

/** The one declared last on this device, else that of the browser's language, else France. */
export function likelyCountry(): string {
  const kept = localStorage.getItem(storageKey);
  if (kept !== null && alpha2.includes(kept)) return kept;
  const regions = navigator.languages.map((tag) => new Intl.Locale(tag).region);
  return regions.find((region) => region !== undefined && alpha2.includes(region)) ?? "FR";
}

export function rememberCountry(code: string): void {
  localStorage.setItem(storageKey, code);
}
