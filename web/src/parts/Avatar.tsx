/** The first letters of the first and the last word, in the account's own script. */
function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return letters.map((word) => [...(word ?? "")][0]?.toLocaleUpperCase() ?? "").join("");
}

/** Someone's initials in a disc of 32. Decorative: the name stands beside it, or is the label of what surrounds it. */
export function Avatar({ name }: { name: string }) {
  return (
    <span
      aria-hidden
      translate="no"
      className="inline-flex size-8 items-center justify-center rounded-full border bg-sunken text-12 font-semibold text-ink2"
    >
      {initials(name)}
    </span>
  );
}
