import { describe, expect, test } from "vitest";
import { bucketsFor, comparisonOf, defaultBucket, periodBefore, periodOf } from "./period";

const running = { first: "2026-10-27", last: "2026-11-23" };

describe("periods", () => {
  test("of presets end with today", () => {
    expect(periodOf("today", "2026-11-23")).toEqual({ first: "2026-11-23", last: "2026-11-23" });
    expect(periodOf("28d", "2026-11-23")).toEqual(running);
    expect(periodOf("1y", "2026-11-23")).toEqual({ first: "2025-11-24", last: "2026-11-23" });
  });

  test.each([
    [
      "as many days",
      { first: "2026-10-27", last: "2026-11-23" },
      { first: "2026-09-29", last: "2026-10-26" },
    ],
    [
      "a month, the month",
      { first: "2026-03-01", last: "2026-03-31" },
      { first: "2026-02-01", last: "2026-02-28" },
    ],
    [
      "a half-year, the half-year",
      { first: "2026-07-01", last: "2026-12-31" },
      { first: "2026-01-01", last: "2026-06-30" },
    ],
    [
      "a year, the year",
      { first: "2025-11-24", last: "2026-11-23" },
      { first: "2024-11-24", last: "2025-11-23" },
    ],
    [
      "a day, the day",
      { first: "2026-11-23", last: "2026-11-23" },
      { first: "2026-11-22", last: "2026-11-22" },
    ],
    [
      "no month by chance",
      { first: "2026-10-24", last: "2026-11-23" },
      { first: "2026-09-23", last: "2026-10-23" },
    ],
  ])("are compared with %s before", (_, period, before) => {
    expect(periodBefore(period)).toEqual(before);
  });

  test("have the units that make sense, the API's own first", () => {
    expect(bucketsFor(running)).toEqual(["hour", "day", "week"]);
    expect(defaultBucket(running)).toBe("day");
    expect(bucketsFor({ first: "2026-11-23", last: "2026-11-23" })).toEqual(["hour"]);
    expect(defaultBucket({ first: "2025-11-24", last: "2026-11-23" })).toBe("month");
  });
});

describe("a comparison", () => {
  test("takes whole periods where both are over", () => {
    expect(comparisonOf(running, "UTC", "2026-11-24T00:03:00Z")).toEqual({
      earlier: { from: "2026-09-29", to: "2026-10-27" },
      cut: null,
    });
  });

  test("cuts both at the same quarter hour by the clock while the period runs, also when the clocks changed between", () => {
    const comparison = comparisonOf(running, "Europe/Paris", "2026-11-23T13:20:08Z");
    expect(comparison).toEqual({
      // 14:15 in Paris; in summer that was 12:15 UTC, in winter 13:15.
      earlier: { from: "2026-09-29", to: "2026-10-26T13:15:00.000Z" },
      cut: { at: "2026-11-23T13:15:00.000Z", bounds: { from: "2026-10-27", to: "2026-11-23T13:15:00.000Z" } },
    });
    const overTheChange = comparisonOf(
      { first: "2026-10-26", last: "2026-10-26" },
      "Europe/Paris",
      "2026-10-26T13:20:08Z",
    );
    expect(overTheChange?.earlier).toEqual({ from: "2026-10-25", to: "2026-10-25T13:15:00.000Z" });
    const before = comparisonOf(
      { first: "2026-10-25", last: "2026-10-25" },
      "Europe/Paris",
      "2026-10-25T13:20:08Z",
    );
    expect(before?.earlier).toEqual({ from: "2026-10-24", to: "2026-10-24T12:15:00.000Z" });
  });

  test("knows the day of the zone, not of the machine", () => {
    // 20:10 UTC is already tomorrow in Kolkata.
    const today = { first: "2026-11-24", last: "2026-11-24" };
    expect(comparisonOf(today, "Asia/Kolkata", "2026-11-23T20:10:00Z")?.earlier).toEqual({
      from: "2026-11-23",
      to: "2026-11-22T20:00:00.000Z",
    });
  });

  test("is none before a quarter hour has been counted", () => {
    expect(
      comparisonOf({ first: "2026-11-23", last: "2026-11-23" }, "UTC", "2026-11-23T00:14:00Z"),
    ).toBeNull();
  });
});
