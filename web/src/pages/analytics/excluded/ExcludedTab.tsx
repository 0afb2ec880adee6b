import { useExcluded } from "../report/queries";
import { useReport } from "../report/useReport";
import { BalanceCard } from "./BalanceCard";
import { ReasonsCard } from "./ReasonsCard";
import { RuleCard } from "./RuleCard";

/** What became of every report, and why some don't count. */
export function Component() {
  const { report } = useReport();
  const query = useExcluded(report);
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <BalanceCard query={query} />
      <ReasonsCard query={query} />
      <RuleCard />
    </div>
  );
}
