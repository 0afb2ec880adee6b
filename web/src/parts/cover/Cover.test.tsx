import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { Cover } from "./Cover";

const ids = Array.from(
  { length: 200 },
  (_, index) => `0199c5a2-7c1e-7000-8000-${String(index).padStart(12, "0")}`,
);
const draw = (id: string) => renderToStaticMarkup(<Cover id={id} />);

test("a track has the same cover each time, and its own", () => {
  const covers = ids.map(draw);
  expect(ids.map(draw)).toEqual(covers);
  expect(new Set(covers).size).toBe(ids.length);
});

test("every drawing is whole: no number is missing", () => {
  for (const id of ids) expect(draw(id)).not.toMatch(/NaN|undefined|Infinity/);
});
