import { describe, expect, it } from "vitest";
import { pseudoLocalize } from "./pseudo";

const files = import.meta.glob<object>("./**/*.json", { eager: true, import: "default" });

/** All messages of a language, the sections' under the section's name. */
function messagesOf(language: string): Map<string, string> {
  const messages = new Map<string, string>();
  for (const [file, content] of Object.entries(files)) {
    const [folder = "", ...deeper] = file.slice("./".length).split("/");
    if (!file.endsWith(`/${language}.json`)) continue;
    const prefix = deeper.length > 0 ? `${folder}.` : "";
    for (const [key, message] of flatten(content, prefix)) messages.set(key, message);
  }
  return messages;
}

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

const english = messagesOf("en");

describe.each([
  ["en", english],
  ["fr", messagesOf("fr")],
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
  const wrong = [...messagesOf("fr")].filter(([, message]) =>
    /(?<![\u00a0\u202f])[?!;:»](?=\s|$)/.test(message),
  );
  expect(wrong.map(([key]) => key)).toEqual([]);
});

it("the pseudo-language brackets each text, and leaves placeholders alone", () => {
  expect(pseudoLocalize({ a: { b: "Go to {{page}}" } })).toEqual({ a: { b: "[Gö tö {{page}} ~~~~~]" } });
});
