import { useQuery } from "@tanstack/react-query";
import { liveQuery } from "../report/queries";
import { useReport } from "../report/useReport";
import { MinutesCard } from "./MinutesCard";
import { TracksNowCard } from "./TracksNowCard";

/** What is heard right now; asked for every second while the page is seen, and not while it is hidden. */
export function Component() {
  const { report } = useReport();
  const query = useQuery(liveQuery(report));
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,848fr)_minmax(0,456fr)]">
      <MinutesCard query={query} />
      <TracksNowCard query={query} />
    </div>
  );
}
