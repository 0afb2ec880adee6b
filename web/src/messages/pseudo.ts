/** The pseudo-language: each message in brackets, accented and a third longer, as German would be. */

const accents: Record<string, string> = {
  a: "á",
  e: "é",
  i: "í",
  o: "ö",
  u: "ü",
  c: "ç",
  n: "ñ",
  A: "Å",
  E: "É",
  O: "Ö",
  S: "Š",
};

/** Accents the text, but leaves `{{placeholders}}` and `<tags>` as they are. */
function disguise(message: string): string {
  const parts = message.split(/(\{\{[^}]*\}\}|<[^>]*>)/);
  const accented = parts.map((part, index) =>
    index % 2 === 1 ? part : part.replaceAll(/[aeioucnAEOS]/g, (letter) => accents[letter] ?? letter),
  );
  const padding = "~".repeat(Math.ceil(message.length / 3));
  return `[${accented.join("")} ${padding}]`;
}

/** A copy of the messages, nested as they are, with each text disguised. */
export function pseudoLocalize(messages: object): object {
  const entries = Object.entries(messages).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === "string" ? disguise(value) : pseudoLocalize(value as object),
  ]);
  return Object.fromEntries(entries);
}
