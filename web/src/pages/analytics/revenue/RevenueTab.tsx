import { useReport } from "../report/useReport";
import { MonthsCard } from "./MonthsCard";
import { ProjectionPanel } from "./ProjectionPanel";
import { useMonths, useProjection } from "./queries";
import { ReckoningCard } from "./ReckoningCard";
import { TotalsCard } from "./TotalsCard";

/** What the last 90 days earned, what the next 90 may, and how that is reckoned. */
export function Component() {
  const { report } = useReport();
  const projection = useProjection(report);
  const months = useMonths(report);
  const isProjected = projection.data?.data.status === "projected";
  return (
    <div className="flex flex-col gap-4">
      <ProjectionPanel query={projection} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,450fr)_minmax(0,480fr)_minmax(0,360fr)]">
        <MonthsCard query={months} />
        {isProjected && projection.data !== undefined && (
          <>
            <TotalsCard projection={projection.data.data} />
            <ReckoningCard projection={projection.data.data} />
          </>
        )}
      </div>
    </div>
  );
}
