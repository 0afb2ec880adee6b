import { expect, it } from "vitest";
import { minorOf } from "./amount";

it("reads amounts in whole minor units, and refuses what is none", () => {
  expect(["12.50", "12,5", "0.01", " 7 "].map((text) => minorOf(text, "EUR"))).toEqual([1250, 1250, 1, 700]);
  expect(["", "-1", "1.234", "1e3", "0", "0.00", "a"].map((text) => minorOf(text, "EUR"))).toEqual(
    Array(7).fill(null),
  );
  // A yen has no hundredths.
  expect([minorOf("500", "JPY"), minorOf("5.00", "JPY")]).toEqual([500, null]);
});
