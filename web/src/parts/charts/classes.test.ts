import fc from "fast-check";
import { expect, test } from "vitest";
import { CLASSES, classOf, quantileClasses } from "./classes";

test("about as many places in each of seven classes", () => {
  const classes = quantileClasses(Array.from({ length: 43 }, (_, index) => (index + 1) ** 2));
  expect(classes).toHaveLength(CLASSES);
  for (const { places } of classes) expect([6, 7]).toContain(places);
});

test("a giant doesn't leave the others pale", () => {
  const classes = quantileClasses([1, 2, 3, 4, 5, 6, 1_000_000]);
  expect(classes.map(({ to }) => classOf(to, classes))).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("few different numbers make few classes, the largest in the strongest colour", () => {
  const classes = quantileClasses([1, 1, 1, 1, 9]);
  expect(classes).toEqual([
    { from: 1, to: 1, places: 4 },
    { from: 9, to: 9, places: 1 },
  ]);
  expect(classOf(9, classes)).toBe(7);
  expect(quantileClasses([])).toEqual([]);
});

test("no plays, no class", () => {
  const classes = quantileClasses([0, 3, 5]);
  expect(classOf(0, classes)).toBeNull();
  expect(classes[0]?.from).toBe(3);
});

test("every number has one class, equal numbers the same, more is never paler", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 250 }), (counts) => {
      const classes = quantileClasses(counts);
      expect(classes.reduce((sum, { places }) => sum + places, 0)).toBe(counts.length);
      const colours = counts.toSorted((a, b) => a - b).map((count) => classOf(count, classes) ?? 0);
      expect(colours).toEqual(colours.toSorted((a, b) => a - b));
      expect(colours.at(-1)).toBe(7);
      expect(colours[0]).toBeGreaterThan(0);
    }),
  );
});
