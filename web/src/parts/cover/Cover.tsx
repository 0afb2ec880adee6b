import { memo } from "react";
import { motifs, palettes } from "./motifs";
import { randomOf } from "./random";

/**
 * A track's cover, drawn by the program from its id: the same track has the same cover everywhere and for ever.
 * Decorative: the title stands beside it. Its size and its corners are its place's.
 */
export const Cover = memo(function Cover({ id, className = "" }: { id: string; className?: string }) {
  const random = randomOf(id);
  const palette = pick(palettes, random);
  const motif = pick(motifs, random);
  return (
    <svg viewBox="0 0 100 100" aria-hidden className={`block aspect-square overflow-hidden ${className}`}>
      <rect width={100} height={100} fill={palette[0]} />
      {motif(palette, random)}
    </svg>
  );
});

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError("nothing to pick from");
  return item;
}
