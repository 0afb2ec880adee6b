import { expect, it } from "vitest";
import { nextPath } from "./nextPath";

it.each([
  ["/analytics?from=2026-11-01", "/analytics?from=2026-11-01"],
  ["", "/"],
  ["https://evil.example/", "/"],
  ["//evil.example/", "/"],
  ["/\\evil.example/", "/"],
  ["javascript:alert(1)", "/"],
])("next=%s leads to %s", (next, path) => {
  expect(nextPath(new URLSearchParams({ next }))).toBe(path);
});

it("without it, to the start", () => {
  expect(nextPath(new URLSearchParams())).toBe("/");
});
