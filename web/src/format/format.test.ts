import { describe, expect, it } from "vitest";
import { formatsFor } from "./format";

const english = formatsFor("en-GB", "Europe/Paris");
const french = formatsFor("fr-FR", "Europe/Paris");
const narrow = "\u202f";

describe("numbers", () => {
  it("are compact with a narrow space and a small k", () => {
    expect(english.compact(12_408)).toBe(`12.4${narrow}k`);
    expect(english.compact(999)).toBe("999");
    expect(english.compact(3_400_000)).toBe(`3.4${narrow}M`);
    expect(french.compact(12_408)).toBe(`12,4${narrow}k`);
  });

  it("are exact as the locale groups them", () => {
    expect(english.count(12_408)).toBe("12,408");
    expect(french.count(12_408)).toBe(`12${narrow}408`);
    expect(formatsFor("en-IN", "UTC").count(1_240_800)).toBe("12,40,800");
  });

  it("show fractions as percent, a change with its sign, and a real minus", () => {
    expect(english.percent(0.314)).toBe(`31${narrow}%`);
    expect(english.percent(0.31, 1)).toBe(`31.0${narrow}%`);
    expect(french.percent(0.614, 1)).toBe(`61,4${narrow}%`);
    expect(english.change(0.12)).toBe(`+12${narrow}%`);
    expect(english.change(-0.0312)).toBe(`\u22123.1${narrow}%`);
    expect(english.change(0)).toBe(`0${narrow}%`);
    expect(english.points(-0.008)).toBe("\u22120.8");
  });

  it("show bytes in powers of a thousand", () => {
    expect(english.bytes(0)).toBe(`0${narrow}byte`);
    expect(english.bytes(412_000_000)).toBe(`412${narrow}MB`);
    expect(french.bytes(1_100_000_000)).toBe(`1,1${narrow}Go`);
  });
});

describe("money", () => {
  it("is written from its minor units, in the locale’s digits, with its currency behind", () => {
    expect(english.money(1_439, "EUR")).toBe(`14.39${narrow}€`);
    expect(french.money(123_450, "EUR")).toBe(`1${narrow}234,50${narrow}€`);
    expect(english.money(0, "EUR")).toBe(`0.00${narrow}€`);
    expect(english.money(-390, "EUR")).toBe(`\u22123.90${narrow}€`);
    expect(english.money(1_250, "GBP")).toBe(`12.50${narrow}£`);
    expect(english.money(123_450, "CHF")).toBe(`1,234.50${narrow}CHF`);
  });

  it("has as many digits as its currency", () => {
    expect(english.money(1_439, "JPY")).toBe(`1,439${narrow}¥`);
    expect(english.money(1_439, "TND")).toBe(`1.439${narrow}TND`);
  });
});

describe("lengths of time", () => {
  it("are said in their largest unit", () => {
    expect(english.duration(30_000)).toBe(`30${narrow}s`);
    expect(english.duration(12 * 60_000)).toBe(`12${narrow}min`);
    expect(english.duration(486 * 3_600_000)).toBe(`486${narrow}h`);
  });

  it("or in their two largest", () => {
    expect(english.durationExact(486 * 3_600_000 + 12 * 60_000)).toBe(`486${narrow}h 12${narrow}min`);
    expect(english.durationExact(90_000)).toBe(`1${narrow}min 30${narrow}s`);
    expect(english.durationExact(0)).toBe(`0${narrow}s`);
  });

  it("count down in their two largest, the second of two digits", () => {
    expect(english.countdown(28 * 3_600_000 + 12 * 60_000)).toBe(`1${narrow}d 04${narrow}h`);
    expect(english.countdown(28 * 3_600_000 + 12 * 60_000, 3)).toBe(
      `1${narrow}d 04${narrow}h 12${narrow}min`,
    );
    expect(french.countdown(28 * 3_600_000)).toBe(`1${narrow}j 04${narrow}h`);
    expect(english.countdown(3 * 3_600_000 + 41 * 60_000)).toBe(`3${narrow}h 41${narrow}min`);
    expect(english.countdown(308_000)).toBe(`5${narrow}min 08${narrow}s`);
    expect(english.countdown(400)).toBe(`1${narrow}s`);
    expect(english.countdown(-5_000)).toBe(`0${narrow}s`);
  });

  it("are a clock for tracks", () => {
    expect(english.clock(222_000)).toBe("3:42");
    expect(english.clock(3_723_000)).toBe("1:02:03");
    expect(english.clock(59_600)).toBe("1:00");
  });
});

describe("times", () => {
  const at = "2026-11-09T17:42:08Z";

  it("are written in the zone", () => {
    expect(english.time(at)).toBe("18:42");
    expect(english.timeExact(at)).toBe("18:42:08");
    expect(formatsFor("en-GB", "Asia/Kolkata").time(at)).toBe("23:12");
    expect(formatsFor("en-GB", "Asia/Tokyo").day(at)).toBe("10 Nov");
    expect(english.weekday(at).replace(",", "")).toBe("Mon 9 Nov");
    expect(french.day(at)).toBe("9 nov.");
  });

  it("leave calendar days alone, whatever the zone", () => {
    const honolulu = formatsFor("en-GB", "Pacific/Honolulu");
    expect(honolulu.date("2026-11-23")).toBe("23 Nov 2026");
    expect(honolulu.dates("2026-10-27", "2026-11-23")).toMatch(/^27 Oct\s–\s23 Nov 2026$/);
  });

  it("are said from now", () => {
    const now = new Date("2026-11-09T17:45:08Z");
    expect(english.relative(at, now)).toBe("3 minutes ago");
    expect(french.relative(at, now)).toBe("il y a 3 minutes");
    expect(english.relative("2026-11-11T17:45:08Z", now)).toBe("in 2 days");
  });

  it("refuse what is no time", () => {
    expect(() => english.day("tomorrow")).toThrow(RangeError);
  });

  it("name what the zone is ahead of UTC, which changes with summer", () => {
    expect(english.offset("2026-01-01T00:00:00Z")).toBe("UTC+01:00");
    expect(english.offset("2026-07-01T00:00:00Z")).toBe("UTC+02:00");
    expect(formatsFor("en-GB", "Asia/Kathmandu").offset()).toBe("UTC+05:45");
    expect(formatsFor("en-GB", "UTC").offset()).toBe("UTC");
  });
});

it("names countries in the reader's language", () => {
  expect(english.country("DE")).toBe("Germany");
  expect(french.country("DE")).toBe("Allemagne");
});

it("dresses what holds words, so that the pseudo-language can show where it came from", () => {
  const pseudo = formatsFor("en-GB", "UTC", (text) => `[${text}]`);
  expect(pseudo.country("DE")).toBe("[Germany]");
  expect(pseudo.day("2026-11-23")).toBe("[23 Nov]");
});
