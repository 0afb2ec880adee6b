import { describe, expect, it } from "vitest";
import en from "./en.json";
import fr from "./fr.json";
import { pseudoLocalize } from "./pseudo";

/** Every message under its whole key: `nav.listen`. */
function flatten(messages: object, prefix = ""): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(messages) as [string, string | object][]) {
    if (typeof value === "string") flat.set(prefix + key, value);
    else for (const [inner, message] of flatten(value, `${prefix}${key}.`)) flat.set(inner, message);
  }
  return flat;
}

const plural = /_(zero|one|two|few|many|other)$/;
const placeholders = (message: string) => (message.match(/\{\{[^}]*\}\}|<\/?\w+\/?>/g) ?? []).toSorted();

/** The keys that a language needs for what English says: plural forms as its own rules have them. */
function expectedKeys(english: Iterable<string>, language: string): Set<string> {
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const keys = [...english].flatMap((key) =>
    plural.test(key) ? categories.map((category) => key.replace(plural, `_${category}`)) : [key],
  );
  return new Set(keys);
}

const english = flatten(en);

describe.each([
  ["en", flatten(en)],
  ["fr", flatten(fr)],
])("messages in %s", (language, messages) => {
  it("are all there, in each of the language's plural forms, and no more", () => {
    expect(new Set(messages.keys())).toEqual(expectedKeys(english.keys(), language));
  });

  it("are never empty", () => {
    expect([...messages].filter(([, message]) => message.trim() === "")).toEqual([]);
  });

  it("use typographic apostrophes", () => {
    expect([...messages].filter(([, message]) => message.includes("'"))).toEqual([]);
  });

  it("keep the placeholders of the English ones", () => {
    const changed = [...messages].filter(([key, message]) => {
      const source = english.get(key) ?? english.get(key.replace(plural, "_other")) ?? "";
      // "one play" may leave the number out.
      return !key.endsWith("_one") && placeholders(message).join() !== placeholders(source).join();
    });
    expect(changed).toEqual([]);
  });
});

it("French puts a no-break space before its high punctuation", () => {
  const wrong = [...flatten(fr)].filter(([, message]) => /(?<![\u00a0\u202f])[?!;:»](?=\s|$)/.test(message));
  expect(wrong.map(([key]) => key)).toEqual([]);
});

it("the pseudo-language brackets each text, and leaves placeholders alone", () => {
  expect(pseudoLocalize({ a: { b: "Go to {{page}}" } })).toEqual({ a: { b: "[Gö tö {{page}} ~~~~~]" } });
});
