import type { Happening } from "@/api/market/disputes";

/** Something on the time line: downloads after each other are one, with how many files there were. */
export interface Step extends Happening {
  /** How often it happened. */
  count: number;
}

/** The steps of a time line; a file that was downloaded again and again is told once. */
export function stepsOf(history: readonly Happening[]): Step[] {
  const steps: Step[] = [];
  for (const happening of history) {
    const last = steps.at(-1);
    if (happening.kind === "downloaded" && last?.kind === "downloaded" && last.text === happening.text) {
      last.count += 1;
      last.at = happening.at;
    } else {
      steps.push({ ...happening, count: 1 });
    }
  }
  return steps;
}
