/** Numbers from 0 to 1 that look random and are the same for the same text (xmur3 seeds mulberry32). */
export function randomOf(text: string): () => number {
  let state = 1779033703 ^ text.length;
  for (const char of text) {
    state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 3432918353);
    state = (state << 13) | (state >>> 19);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
