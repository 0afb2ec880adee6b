import type { ReactNode } from "react";

/** The ground of every tooltip. */
export function ChartTooltip({ children }: { children: ReactNode }) {
  return (
    <div className="rounded-8 border border-tooltip-edge bg-tooltip px-3 py-2 text-12 whitespace-nowrap text-on-tooltip tabular-nums">
      {children}
    </div>
  );
}
