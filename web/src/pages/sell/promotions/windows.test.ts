import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { moved, overlap, resized, roomOf, shortest, snapped, type TimeWindow } from "./windows";

const hour = 3_600_000;
const day = 24 * hour;
const at = (startsAt: number, endsAt: number): TimeWindow => ({
  startsAt: startsAt * hour,
  endsAt: endsAt * hour,
});

/** Windows after each other, in hours from 1,000 on: lengths and gaps in turn; the gaps can be none. */
const rows = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 40 })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) => {
    let end = 1_000;
    return parts.map(([gap, length]) => {
      const start = end + gap;
      end = start + length;
      return at(start, end);
    });
  });
const now = fc.integer({ min: 0, max: 1_000 }).map((hours) => hours * hour);
const by = fc.integer({ min: -3_000, max: 3_000 }).map((hours) => hours * hour);

/** Any window of a row, with the others. */
const chosen = fc.tuple(rows, fc.nat(), now, by).map(([row, index, from, distance]) => {
  const window = row[index % row.length] as TimeWindow;
  const others = row.filter((other) => other !== window);
  return { window, others, from, distance, room: roomOf(window, others, from) };
});

describe("however far it is dragged", () => {
  it("a window never overlaps another one, nor begins before now, and keeps its length", () => {
    fc.assert(
      fc.property(chosen, ({ window, others, from, distance, room }) => {
        const result = moved(window, distance, room);
        expect(others.some((other) => overlap(result, other))).toBe(false);
        expect(result.startsAt).toBeGreaterThanOrEqual(from);
        expect(result.endsAt - result.startsAt).toBe(window.endsAt - window.startsAt);
      }),
    );
  });

  it.each(["startsAt", "endsAt"] as const)(
    "its %s never goes over another window, nor over its other end",
    (edge) => {
      fc.assert(
        fc.property(chosen, ({ window, others, from, distance, room }) => {
          const result = resized(window, edge, distance, room);
          expect(others.some((other) => overlap(result, other))).toBe(false);
          expect(result.startsAt).toBeGreaterThanOrEqual(from);
          expect(result.endsAt - result.startsAt).toBeGreaterThanOrEqual(shortest);
        }),
      );
    },
  );

  it("a window stays between its neighbours, and does not leap over them", () => {
    const window = at(1_100, 1_124);
    const room = roomOf(window, [at(1_000, 1_050), at(1_200, 1_300)], 0);
    expect(moved(window, 90 * day, room)).toEqual(at(1_176, 1_200));
    expect(moved(window, -90 * day, room)).toEqual(at(1_050, 1_074));
    expect(resized(window, "endsAt", 90 * day, room)).toEqual(at(1_100, 1_200));
    expect(resized(window, "startsAt", -90 * day, room)).toEqual(at(1_050, 1_124));
  });
});

it("a window that fits exactly stays where it is", () => {
  const window = at(10, 20);
  const room = roomOf(window, [at(5, 10), at(20, 30)], 0);
  expect(moved(window, 5 * hour, room)).toEqual(window);
  expect(moved(window, -5 * hour, room)).toEqual(window);
});

it("windows that touch don't overlap", () => {
  expect(overlap(at(1, 2), at(2, 3))).toBe(false);
  expect(overlap(at(1, 3), at(2, 4))).toBe(true);
});

it("what is dragged falls on whole hours", () => {
  expect(snapped(1.4 * hour)).toBe(hour);
  expect(snapped(-0.6 * hour)).toBe(-hour);
});
