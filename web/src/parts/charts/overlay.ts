/** On white the fifth and sixth colours are too light for lines. */
export const mostLines = 4;

/** The colour of a line, as its legend has it too. */
export function lineColour(index: number): string {
  return `var(--color-series${index + 1})`;
}
