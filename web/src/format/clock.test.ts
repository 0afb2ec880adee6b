import { expect, it } from "vitest";
import { parseClock } from "./clock";
import { formatsFor } from "./format";

it.each([
  ["3:42", 222_000],
  [" 0:01 ", 1_000],
  ["1:02:03", 3_723_000],
  ["75:00", 4_500_000],
])("%s is %d ms", (text, ms) => {
  expect(parseClock(text)).toBe(ms);
});

it.each(["", "3", "3:4", "3:60", "1:75:00", "0:00", "-1:00", "three"])("'%s' is no length", (text) => {
  expect(parseClock(text)).toBeNull();
});

it("reads what is written", () => {
  const { clock } = formatsFor("en-GB", "UTC");
  for (const seconds of [1, 59, 60, 61, 3_599, 3_600, 3_661, 86_399]) {
    expect(parseClock(clock(seconds * 1_000))).toBe(seconds * 1_000);
  }
});
