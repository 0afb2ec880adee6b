import fc from "fast-check";
import { expect, it } from "vitest";
import { parseAmount, writeAmount } from "./amount";

it.each([
  ["12", "EUR", 1_200],
  ["12.9", "EUR", 1_290],
  ["12,90", "EUR", 1_290],
  [" 0.29 ", "EUR", 29],
  ["0", "EUR", 0],
  ["1439", "JPY", 1_439],
  // More digits than the currency has, and what is no amount.
  ["12.901", "EUR", null],
  ["12.9", "JPY", null],
  ["-1", "EUR", null],
  ["1,234.50", "EUR", null],
  ["twelve", "EUR", null],
  ["", "EUR", null],
])("'%s' %s is %s", (text, currency, minor) => {
  expect(parseAmount(text, currency)).toBe(minor);
});

it("what is written is read back, whatever the locale", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 100_000_000 }),
      fc.constantFrom("EUR", "JPY", "TND"),
      fc.constantFrom("en-GB", "fr-FR"),
      (minor, currency, locale) => {
        expect(parseAmount(writeAmount(minor, currency, locale), currency)).toBe(minor);
      },
    ),
  );
});
