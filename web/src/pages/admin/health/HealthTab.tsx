import { usePipeline } from "../queries";
import { useRange } from "../range";
import { BalanceCard } from "./BalanceCard";
import { DataCard } from "./DataCard";
import { PartitionsCard } from "./PartitionsCard";
import { PerformanceCard } from "./PerformanceCard";
import { RefusedCard } from "./RefusedCard";
import { RejectedCard } from "./RejectedCard";
import { TraceCard } from "./TraceCard";

/** Is every report accounted for, how far is the pipeline, and how fast are the answers? */
export function Component() {
  const pipeline = usePipeline(useRange());
  return (
    <div className="grid items-start gap-4 lg:grid-cols-3">
      <BalanceCard query={pipeline} className="lg:col-span-2" />
      <DataCard query={pipeline} />
      <PartitionsCard query={pipeline} className="lg:col-span-2" />
      <RefusedCard query={pipeline} />
      <PerformanceCard className="lg:col-span-3" />
      <RejectedCard className="lg:col-span-2" />
      <TraceCard />
    </div>
  );
}
