import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawn, isLonely, labelled, steps, type CoursePoint } from "./course";

function course(values: (number | null)[], open: number[] = []): CoursePoint[] {
  return values.map((value, index) => ({
    start: `2026-11-${String(index + 1).padStart(2, "0")}T00:00:00Z`,
    value,
    complete: value !== null && !open.includes(index),
  }));
}

describe("what is drawn", () => {
  test("the running bucket is dashed from the last complete one, and not part of the solid line", () => {
    const points = drawn(course([5, 6, 7, 2], [3]));
    expect(points.map(({ whole }) => whole)).toEqual([5, 6, 7, null]);
    expect(points.map(({ open }) => open)).toEqual([null, null, 7, 2]);
  });

  test("a first bucket that the range cuts is dashed too", () => {
    const points = drawn(course([1, 6, 7], [0]));
    expect(points.map(({ whole }) => whole)).toEqual([null, 6, 7]);
    expect(points.map(({ open }) => open)).toEqual([1, 6, null]);
  });

  test("what is not known is no zero", () => {
    const points = drawn(course([5, null, null]));
    expect(points.map(({ whole }) => whole)).toEqual([5, null, null]);
    expect(points.filter(isLonely).map(({ index }) => index)).toEqual([0]);
  });
});

describe("the axes", () => {
  test("begin at zero, reach the largest number, in four to six even steps", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), fc.boolean(), (largest, whole) => {
        const ticks = steps(largest, whole);
        const size = ticks[1] ?? 0;
        expect(ticks[0]).toBe(0);
        expect((ticks.at(-1) ?? 0) * (1 + 1e-9)).toBeGreaterThanOrEqual(largest);
        expect((ticks.at(-2) ?? 0) * (1 - 1e-9)).toBeLessThanOrEqual(largest);
        expect(ticks.length).toBeLessThanOrEqual(6);
        expect(!whole || Number.isInteger(size)).toBe(true);
      }),
    );
    expect(steps(439, true)).toEqual([0, 200, 400, 600]);
    expect(steps(0, true)).toEqual([0, 1]);
    expect(steps(3, true)).toEqual([0, 1, 2, 3]);
  });

  test("name the first and the last date, and none that would touch the last", () => {
    expect(labelled(28, 8)).toEqual([0, 4, 8, 12, 16, 20, 24, 27]);
    expect(labelled(1, 8)).toEqual([0]);
    expect(labelled(0, 8)).toEqual([]);
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 800 }), fc.integer({ min: 3, max: 12 }), (count, most) => {
        const shown = labelled(count, most);
        expect(shown.at(-1)).toBe(count - 1);
        expect(shown.length).toBeLessThanOrEqual(most + 1);
        expect(new Set(shown).size).toBe(shown.length);
      }),
    );
  });
});
