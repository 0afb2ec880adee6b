/** Charts that come after what stands around them: what draws them weighs as much as all the rest of a page. */
import { lazy, Suspense, useDeferredValue, type ComponentProps, type ComponentType } from "react";

/** Of both, unless told. */
const usualHeight = 240;

/** The chart's room is kept until it is there. */
function later<Props extends { height?: number }>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  const Chart = lazy(async () => ({ default: await load() }));
  // It comes while the data do, but not before the page stands. When it fails here, it is fetched again where it is drawn.
  window.requestIdleCallback?.(() => load().catch(() => undefined));

  return function LaterChart(props: Props) {
    // Not in the same breath as the numbers, which would be seen later.
    const isDue = useDeferredValue(true, false);
    const { height = usualHeight } = props;
    const room = <div aria-busy className="rounded-8 bg-skeleton2" style={{ height }} />;
    return (
      <Suspense fallback={room}>
        {isDue ? <Chart {...(props as ComponentProps<typeof Chart>)} /> : room}
      </Suspense>
    );
  };
}

export const LineChart = later(async () => (await import("./LineChart")).LineChart);
export const OverlayChart = later(async () => (await import("./OverlayChart")).OverlayChart);
