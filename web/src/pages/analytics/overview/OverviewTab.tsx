import { DevicesCard } from "../devices/DevicesCard";
import { PlacesCard } from "../geography/PlacesCard";
import { asking } from "../report/firstQuestion";
import { overviewQuery } from "../report/queries";
import { useComparedOverview } from "../report/useComparison";
import { useReport } from "../report/useReport";
import { SourcesCard } from "../sources/SourcesCard";
import { TracksCard } from "../tracks/TracksCard";
import { CourseCard } from "./CourseCard";
import { Tiles } from "./Tiles";

export const loader = asking((report) => overviewQuery(report));

/** Five numbers over their course, and four cards: where, on what, from where, which. Each is asked for on its own. */
export function Component() {
  const { report } = useReport();
  const compared = useComparedOverview(report);
  return (
    <>
      <div className="min-w-0">
        <div className="rounded-t-8 border border-b-0 bg-surface">
          <Tiles overview={compared.current.data?.data} earlier={compared.earlier} />
        </div>
        <CourseCard {...compared} />
      </div>
      <div className="mt-4 grid gap-4 md:grid-cols-2 xl:grid-cols-[416fr_268fr_294fr_294fr]">
        <PlacesCard />
        <DevicesCard />
        <SourcesCard />
        <TracksCard />
      </div>
    </>
  );
}
