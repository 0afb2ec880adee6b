/** A number over time, as the charts draw it. */
export interface CoursePoint {
  /** When the bucket begins, RFC 3339. */
  start: string;
  /** Null: unknown or not begun; never drawn as 0. */
  value: number | null;
  /** The bucket is over and was counted whole. One that isn't is drawn dashed. */
  complete: boolean;
  /** The same bucket of the earlier period; left out without one. */
  previous?: { start: string; value: number | null };
}

/** A point as the lines need it: `whole` and `open` share the points where a solid line becomes a dashed one. */
export interface DrawnPoint extends CoursePoint {
  index: number;
  whole: number | null;
  open: number | null;
  previousWhole: number | null;
  previousOpen: number | null;
}

/** Splits a course into its solid and its dashed parts. */
export function drawn(points: readonly CoursePoint[]): DrawnPoint[] {
  const isOpen = (index: number) => points[index]?.complete === false;
  return points.map((point, index) => {
    const previous = point.previous?.value ?? null;
    // A dashed line begins and ends at the solid one's point next to it.
    const besideOpen = isOpen(index) || isOpen(index - 1) || isOpen(index + 1);
    return {
      ...point,
      index,
      whole: point.complete ? point.value : null,
      open: besideOpen ? point.value : null,
      previousWhole: point.complete ? previous : null,
      previousOpen: besideOpen ? previous : null,
    };
  });
}

/** A complete point between unknown ones: a line of one point would not be seen. */
export function isLonely({ index, whole }: DrawnPoint, _: number, all: readonly DrawnPoint[]): boolean {
  const unknown = (neighbour: DrawnPoint | undefined) => (neighbour?.value ?? null) === null;
  return whole !== null && unknown(all[index - 1]) && unknown(all[index + 1]);
}

/** The points under which a date is written: every 4 to 7 where there are many, and always the last. */
export function labelled(count: number, most: number): number[] {
  if (count === 0) return [];
  const step = Math.max(1, Math.ceil((count - 1) / Math.max(1, most - 1)));
  const last = count - 1;
  const indexes = Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
  // One that would run into the last one's is left out.
  return [...indexes.filter((index) => last - index >= Math.ceil(step / 2)), last];
}

/** Axis steps from zero: four or five of them, each 1, 2, 2.5 or 5 times a power of ten. */
export function steps(largest: number, wholeNumbers: boolean): number[] {
  if (largest <= 0) return wholeNumbers ? [0, 1] : [0, 0.5, 1];
  const rough = largest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999) ?? rough;
  const size = wholeNumbers ? Math.max(1, Math.ceil(step)) : step;
  return Array.from({ length: Math.ceil(largest / size - 1e-9) + 1 }, (_, index) => index * size);
}
