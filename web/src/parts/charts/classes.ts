/** Classes of the map, from few to many. */
export const CLASSES = 7;

/** One class: the smallest and the largest number in it, and how many places. */
export interface QuantileClass {
  from: number;
  to: number;
  places: number;
}

/**
 * Quantile classes: about as many places in each, so that one giant doesn't leave all others pale. Equal numbers are in
 * one class; with few different numbers there are fewer classes. Places without plays are in none.
 */
export function quantileClasses(counts: readonly number[]): QuantileClass[] {
  const sorted = counts.filter((count) => count > 0).toSorted((a, b) => a - b);
  const classes: QuantileClass[] = [];
  let quantile = -1;
  sorted.forEach((count, rank) => {
    const own = Math.floor((rank * CLASSES) / sorted.length);
    const current = classes.at(-1);
    if (current !== undefined && (own === quantile || current.to === count)) {
      current.to = count;
      current.places += 1;
    } else {
      classes.push({ from: count, to: count, places: 1 });
      quantile = own;
    }
  });
  return classes;
}

/** Which of the seven colours (1 … 7) the class is painted in: the last is always the strongest, the steps are even. */
export function colourOf(index: number, classes: number): number {
  if (classes <= 1) return CLASSES;
  return 1 + Math.round((index * (CLASSES - 1)) / (classes - 1));
}

/** The colour (1 … 7) of a number, or null where there are no plays. */
export function classOf(count: number, classes: readonly QuantileClass[]): number | null {
  const index = classes.findIndex(({ from, to }) => count >= from && count <= to);
  return index < 0 ? null : colourOf(index, classes.length);
}
