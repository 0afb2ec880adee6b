import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addDays, addMonths, countDays, instantOf, isZone, localTime, parseDay } from "./civil";

const zones = [
  "UTC",
  "Europe/Paris",
  "America/New_York",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
];

describe("days", () => {
  test("are read only if they exist", () => {
    expect(parseDay("2026-11-23")).toBe("2026-11-23");
    for (const bad of [null, "", "2026-2-3", "2026-02-30", "2026-13-01", "yesterday"])
      expect(parseDay(bad)).toBeNull();
  });

  test("go on over the ends of months and years, and over days of 23 and 25 hours", () => {
    expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
    expect(addDays("2026-03-29", 1)).toBe("2026-03-30");
    expect(addDays("2026-01-01", -1)).toBe("2025-12-31");
    expect(countDays("2026-03-01", "2026-03-31")).toBe(31);
  });

  test("keep their date in another month, or take its last", () => {
    expect(addMonths("2026-03-31", -1)).toBe("2026-02-28");
    expect(addMonths("2024-02-29", 12)).toBe("2025-02-28");
    expect(addMonths("2026-01-15", -2)).toBe("2025-11-15");
  });
});

describe("times of a zone", () => {
  test("are those that its clocks show", () => {
    const at = Date.parse("2026-11-23T20:10:00Z");
    expect(localTime(at, "Asia/Kolkata")).toEqual({ day: "2026-11-24", minutes: 100 });
    expect(localTime(at, "America/New_York")).toEqual({ day: "2026-11-23", minutes: 15 * 60 + 10 });
    expect(localTime(Date.parse("2026-11-23T23:00:00Z"), "Europe/Paris")).toEqual({
      day: "2026-11-24",
      minutes: 0,
    });
  });

  test("lead back to the instant, in summer and winter", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.parse("2020-01-01") / 60_000, max: Date.parse("2030-01-01") / 60_000 }),
        fc.constantFrom(...zones),
        (minute, zone) => {
          const shown = localTime(minute * 60_000, zone);
          // In the hour that comes twice either instant is right.
          expect(localTime(instantOf(shown, zone), zone)).toEqual(shown);
        },
      ),
    );
  });

  test("that are leapt over lie after the leap", () => {
    const leapt = instantOf({ day: "2026-03-29", minutes: 150 }, "Europe/Paris");
    expect(new Date(leapt).toISOString()).toBe("2026-03-29T01:30:00.000Z");
  });

  test("need a zone that exists", () => {
    expect(isZone("Asia/Kolkata")).toBe(true);
    expect(isZone("Mars/Olympus")).toBe(false);
  });
});
