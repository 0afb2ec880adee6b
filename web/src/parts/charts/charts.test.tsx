import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { quantileClasses } from "./classes";
import type { CoursePoint } from "./course";
import { LineChart } from "./LineChart";
import { Sparkline } from "./Sparkline";
import { countryShapes, frameOf, isOnMap, mapWidth, wholeMap } from "./world";
import WorldMap from "./WorldMap";

const points: CoursePoint[] = [300, 420, 380, 90].map((value, index) => ({
  start: `2026-11-2${index}T00:00:00Z`,
  value,
  complete: index < 3,
  previous: { start: `2026-10-2${index}T00:00:00Z`, value: value - 50 },
}));

/** The paths of the chart's lines, by their dashes. */
function lines(container: HTMLElement) {
  const paths = [...container.querySelectorAll(".recharts-line-curve")];
  const dashed = paths.filter((path) => path.getAttribute("stroke-dasharray") === "4 4");
  return { solid: paths.filter((path) => !dashed.includes(path)), dashed };
}

test("a course: both periods solid while complete, dashed where the day runs, and its end in words", () => {
  const { container } = render(
    <LineChart
      label="Plays by day"
      points={points}
      axis={String}
      wholeNumbers
      date={(start) => start.slice(8, 10)}
      unfinished="Today until 14:20: 90"
      tooltip={() => null}
    />,
  );
  expect(screen.getByText("Plays by day")).toBeInTheDocument();
  expect(screen.getByText("Today until 14:20: 90")).toBeInTheDocument();
  for (const tick of ["0", "200", "400", "600", "20", "23"])
    expect(screen.getAllByText(tick)).not.toHaveLength(0);
  const { solid, dashed } = lines(container);
  expect(solid).toHaveLength(2);
  expect(dashed).toHaveLength(2);
  expect(container.querySelectorAll(".recharts-reference-dot")).toHaveLength(1);
});

test("a finished course has no dashes and no words at its end", () => {
  const whole = points.slice(0, 3).map(({ start, value, complete }) => ({ start, value, complete }));
  const { container } = render(
    <LineChart label="Plays" points={whole} axis={String} date={String} tooltip={() => null} />,
  );
  const drawnDashes = lines(container).dashed.filter((path) => path.getAttribute("d"));
  expect(drawnDashes).toEqual([]);
  expect(container.querySelector(".recharts-reference-dot")).toBeNull();
});

test("a sparkline is not drawn from one number", () => {
  const { container, rerender } = render(<Sparkline points={points.slice(0, 1)} />);
  expect(container.querySelector("svg")).toBeNull();
  rerender(<Sparkline points={points} />);
  expect(container.querySelectorAll("path")[1]?.getAttribute("d")).toMatch(/^M.+L.+$/);
});

const counts = new Map([
  ["FR", 3_846],
  ["DE", 1_489],
  ["SG", 4],
]);

function map(props: Partial<Parameters<typeof WorldMap>[0]> = {}) {
  const { container } = render(
    <WorldMap
      label="Plays in 3 countries"
      counts={counts}
      classes={quantileClasses([...counts.values()])}
      tooltip={(code) => `about ${code}`}
      notDrawn={(codes) => `too small: ${codes.join()}`}
      {...props}
    />,
  );
  return (code: string) => {
    const shape = container.querySelector(`[data-country=${code}]`);
    if (shape === null) throw new Error(`${code} is not on the map`);
    return shape;
  };
}

test("the map: more is stronger, a country without plays is blank, one that is too small is named", () => {
  const shapeOf = map();
  expect(screen.getByRole("img", { name: "Plays in 3 countries" })).toBeInTheDocument();
  expect(shapeOf("FR")).toHaveAttribute("fill", "var(--color-map7)");
  expect(shapeOf("DE")).toHaveAttribute("fill", "var(--color-map4)");
  expect(shapeOf("BR")).toHaveAttribute("fill", "var(--color-surface)");
  expect(screen.getByText("too small: SG")).toBeInTheDocument();
});

test("the map tells about the country under the pointer, and takes a click where there are plays", () => {
  const onPoint = vi.fn();
  const onPick = vi.fn();
  const shapeOf = map({ onPoint, onPick });
  fireEvent.pointerMove(shapeOf("DE"));
  expect(screen.getByText("about DE")).toBeInTheDocument();
  expect(onPoint).toHaveBeenLastCalledWith("DE");
  expect(shapeOf("DE")).toHaveAttribute("stroke", "var(--color-ink)");
  fireEvent.click(shapeOf("BR"));
  expect(onPick).not.toHaveBeenCalled();
  fireEvent.click(shapeOf("DE"));
  expect(onPick).toHaveBeenCalledWith("DE");
});

test("every shape has a code, and a frame around it that holds its largest part", () => {
  for (const { code, path } of countryShapes) {
    expect(code).toMatch(/^[A-Z]{2}$/);
    expect(path).toMatch(/^M/);
    const [x, , width] = frameOf(code);
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(mapWidth + 0.01);
  }
  expect(isOnMap("XK")).toBe(true);
  expect(isOnMap("AQ")).toBe(false);
});

test("coming closer to France leaves French Guiana out; a country that isn't drawn shows the world", () => {
  expect(frameOf("FR")[2]).toBeLessThan(mapWidth / 5);
  expect(frameOf("ID")[2]).toBeGreaterThan(frameOf("FR")[2]);
  expect(frameOf("SG")).toEqual(wholeMap);
});
