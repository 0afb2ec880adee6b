/** The first letters of the first and the last word, in the account's own script. */
function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return letters.map((word) => [...(word ?? "")][0]?.toLocaleUpperCase() ?? "").join("");
}

/** Someone's initials in a disc of 32, or of 28. Decorative: the name stands beside it, or is the label of what surrounds it. */
export function Avatar({ name, small = false }: { name: string; small?: boolean }) {
  return (
    <span
      aria-hidden
      translate="no"
      className={`inline-flex items-center justify-center rounded-full border bg-sunken text-12 font-semibold text-ink2 ${small ? "size-7" : "size-8"}`}
    >
      {initials(name)}
    </span>
  );
}
