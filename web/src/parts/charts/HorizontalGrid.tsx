import { CartesianGrid } from "recharts";

/** Recharts would measure every name on the axis below, to find places for lines that aren't drawn. */
const nowhere = () => [];

/** Lines across the plot, one at each tick of the axis at its side. */
export function HorizontalGrid() {
  return <CartesianGrid vertical={false} verticalCoordinatesGenerator={nowhere} stroke="var(--color-grid)" />;
}
