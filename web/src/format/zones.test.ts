import { describe, expect, it } from "vitest";
import { dayIn, localIn, momentOf, startOfDay, supportedZones } from "./zones";

it("zones have their IANA names", () => {
  const zones = supportedZones();
  expect(zones).toContain("Asia/Kolkata");
  expect(zones).not.toContain("Asia/Calcutta");
});

it("the day of a moment is the zone's", () => {
  expect(dayIn("2026-11-23T23:30:00Z", "Asia/Kolkata")).toBe("2026-11-24");
  expect(dayIn("2026-11-23T03:30:00Z", "America/New_York")).toBe("2026-11-22");
});

describe("a day begins", () => {
  it.each([
    ["2026-11-23", "UTC", "2026-11-23T00:00:00.000Z"],
    ["2026-11-23", "Asia/Kolkata", "2026-11-22T18:30:00.000Z"],
    ["2026-11-23", "Asia/Kathmandu", "2026-11-22T18:15:00.000Z"],
    ["2026-11-23", "America/New_York", "2026-11-23T05:00:00.000Z"],
    // The days that are 23 and 25 hours long, and the ones after them.
    ["2026-03-29", "Europe/Paris", "2026-03-28T23:00:00.000Z"],
    ["2026-03-30", "Europe/Paris", "2026-03-29T22:00:00.000Z"],
    ["2026-10-25", "Europe/Paris", "2026-10-24T22:00:00.000Z"],
    ["2026-10-26", "Europe/Paris", "2026-10-25T23:00:00.000Z"],
    // The clocks go forward at midnight: the day begins at 01:00.
    ["2026-04-24", "Africa/Cairo", "2026-04-23T22:00:00.000Z"],
    // They go back at midnight: the day begins at the second one.
    ["2026-10-30", "Africa/Cairo", "2026-10-29T22:00:00.000Z"],
    ["2026-09-06", "America/Santiago", "2026-09-06T04:00:00.000Z"],
  ])("%s in %s at %s", (day, zone, start) => {
    expect(startOfDay(day, zone).toISOString()).toBe(start);
  });

  it("at a moment of that day, whatever the zone", () => {
    const wrong = supportedZones().filter((zone) => {
      const start = startOfDay("2026-11-01", zone).getTime();
      const before = dayIn(new Date(start - 1), zone);
      return dayIn(new Date(start), zone) !== "2026-11-01" || before !== "2026-10-31";
    });
    expect(wrong).toEqual([]);
  });
});

describe("a time of day", () => {
  it.each([
    ["2026-11-23T18:00", "Europe/Paris", "2026-11-23T17:00:00.000Z"],
    ["2026-11-23T18:00", "Asia/Kathmandu", "2026-11-23T12:15:00.000Z"],
    ["2026-07-01T00:30", "America/New_York", "2026-07-01T04:30:00.000Z"],
    // Passed twice: the first.
    ["2026-10-25T02:30", "Europe/Paris", "2026-10-25T00:30:00.000Z"],
    // Leapt over: as much after the leap.
    ["2026-03-29T02:30", "Europe/Paris", "2026-03-29T01:30:00.000Z"],
  ])("%s in %s is %s", (local, zone, at) => {
    expect(momentOf(local, zone).toISOString()).toBe(at);
  });

  it("is written as it is read, in every zone", () => {
    const at = "2026-11-23T17:45:00.000Z";
    const wrong = supportedZones().filter((zone) => momentOf(localIn(at, zone), zone).toISOString() !== at);
    expect(wrong).toEqual([]);
  });
});
