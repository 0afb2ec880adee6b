import { describe, expect, test } from "vitest";
import { toggled, without } from "./filters";
import { changed, readReport, reportParameters, type ReportChange } from "./report";

const now = Date.parse("2026-11-23T14:20:08Z");
const read = (search: string, zone = "Europe/Paris") => readReport(new URLSearchParams(search), zone, now);
const change = (search: string, how: ReportChange) => changed(new URLSearchParams(search), how).toString();

describe("the address", () => {
  test("says nothing that is as usual", () => {
    expect(read("")).toEqual({
      preset: "28d",
      period: { first: "2026-10-27", last: "2026-11-23" },
      zone: "Europe/Paris",
      bucket: "day",
      compared: true,
      before: null,
      figure: "plays",
      currency: null,
      versions: false,
      metric: "plays",
      filters: {},
      bots: "exclude",
      creator: null,
    });
  });

  test("holds everything that was chosen", () => {
    const search =
      "from=2026-03-01&to=2026-03-31&tz=Asia%2FKolkata&bucket=week&compare=none&metric=skip_rate&country=FR&country=DE&device=phone&bots=only&creator=7&before_from=2025-03-01&before_to=2025-03-31&figure=followers&versions=yes&currency=EUR";
    expect(read(search)).toEqual({
      preset: null,
      period: { first: "2026-03-01", last: "2026-03-31" },
      zone: "Asia/Kolkata",
      bucket: "week",
      compared: false,
      before: { first: "2025-03-01", last: "2025-03-31" },
      figure: "followers",
      currency: "EUR",
      versions: true,
      metric: "skip_rate",
      filters: { country: ["FR", "DE"], device: ["phone"] },
      bots: "only",
      creator: 7,
    });
  });

  test("that makes no sense is taken as usual, never as an error", () => {
    expect(
      read(
        "range=5d&from=2026-02-30&to=x&tz=Mars%2FOlympus&bucket=minute&metric=fame&country=&creator=-1&bots=x",
      ),
    ).toEqual(read(""));
    expect(read("from=2026-03-31&to=2026-03-01").preset).toBe("28d");
    expect(read("range=today&bucket=month").bucket).toBe("hour");
  });

  test("means today by the clocks of its zone", () => {
    const lateInUtc = Date.parse("2026-11-23T20:10:00Z");
    const periodIn = (zone: string) =>
      readReport(new URLSearchParams("range=today"), zone, lateInUtc).period.first;
    expect(periodIn("Asia/Kolkata")).toBe("2026-11-24");
    expect(periodIn("America/New_York")).toBe("2026-11-23");
  });
});

describe("a change", () => {
  test("keeps the rest of the address", () => {
    expect(change("range=7d&country=FR&metric=listeners", { zone: "UTC" })).toBe(
      "range=7d&country=FR&metric=listeners&tz=UTC",
    );
  });

  test("of the days ends the preset and the unit that went with it", () => {
    expect(change("range=7d&bucket=hour", { period: { first: "2026-01-01", last: "2026-12-31" } })).toBe(
      "from=2026-01-01&to=2026-12-31",
    );
    expect(change("from=2026-01-01&to=2026-12-31", { preset: "28d" })).toBe("");
  });

  test("back to the usual leaves nothing behind", () => {
    expect(
      change("compare=none&metric=listeners&bots=only&creator=7", {
        compared: true,
        metric: "plays",
        bots: "exclude",
        creator: null,
      }),
    ).toBe("");
  });
});

describe("filters", () => {
  const france = { name: "country", value: "FR" } as const;

  test("are chosen by a click, let go by another, and replaced by a third", () => {
    expect(toggled({ device: ["phone"] }, france)).toEqual({ device: ["phone"], country: ["FR"] });
    expect(toggled({ country: ["FR"] }, france)).toEqual({});
    expect(toggled({ country: ["DE"] }, france)).toEqual({ country: ["FR"] });
  });

  test("another country lets go of the region and the city", () => {
    const inBrest = { country: ["FR"], region: ["FR/Bretagne"], city: ["FR/Bretagne/Brest"] };
    expect(toggled(inBrest, { name: "country", value: "DE" })).toEqual({ country: ["DE"] });
    expect(toggled(inBrest, { name: "region", value: "FR/Corse" })).toEqual({
      country: ["FR"],
      region: ["FR/Corse"],
    });
  });

  test("are let go one by one", () => {
    expect(without({ country: ["FR", "DE"] }, france)).toEqual({ country: ["DE"] });
    expect(without({ country: ["FR"] }, france)).toEqual({});
  });
});

test("parameters name the day after the last: the API's end is excluded", () => {
  expect(reportParameters(read("country=FR&bots=include"))).toEqual({
    country: ["FR"],
    bots: "include",
    from: "2026-10-27",
    to: "2026-11-24",
    tz: "Europe/Paris",
    bucket: "day",
  });
});
