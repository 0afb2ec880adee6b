import { asking } from "../report/firstQuestion";
import { compareParameters, compareQuery, useCompare } from "../report/queries";
import type { Report } from "../report/report";
import { useReport } from "../report/useReport";
import { CountriesCard, TracksCard } from "./ChangesCards";
import { FiguresCard } from "./FiguresCard";
import { LinesCard } from "./LinesCard";
import { comparedPeriods } from "./periods";

const asked = (report: Report) => compareParameters(report, comparedPeriods(report));

export const loader = asking((report) => compareQuery(asked(report)));

/** Two periods beside each other: their figures, their lines, and what changed between them. */
export function Component() {
  const { report } = useReport();
  const query = asked(report);
  const answer = useCompare(query);
  return (
    <div className="flex flex-col gap-4">
      <FiguresCard answer={answer} query={query} />
      <LinesCard answer={answer} query={query} />
      <div className="grid gap-4 lg:grid-cols-2">
        <CountriesCard compared={answer} />
        <TracksCard compared={answer} />
      </div>
    </div>
  );
}
