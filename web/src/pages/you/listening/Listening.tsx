import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useZone } from "@/api/account";
import { ButtonLink } from "@/parts/Button";
import { Card, type CardState } from "@/parts/Card";
import { Segmented } from "@/parts/Segmented";
import { localTime } from "@/pages/analytics/report/civil";
import { useMinute } from "@/pages/analytics/report/useMinute";
import { YouPage } from "../YouPage";
import { ClockCard } from "./ClockCard";
import { CourseCard } from "./CourseCard";
import { DataSection } from "./DataSection";
import { ImportSection } from "./imports/ImportSection";
import { LatestPlays } from "./LatestPlays";
import { useListening } from "./queries";
import { boundsOfRange, ranges, readRange, usualRange } from "./range";
import { StreaksCard } from "./StreaksCard";
import { Tiles } from "./Tiles";
import { TopArtists, TopTracks } from "./TopCards";

/** What one has listened to: one's own year, and what can be done with it. */
export function Component() {
  const { t } = useTranslation();
  const zone = useZone();
  const [search, setSearch] = useSearchParams();
  const range = readRange(search);
  const answer = useListening(boundsOfRange(range, localTime(useMinute(), zone).day), zone);
  const first = answer.data?.pages[0];
  const summary = first?.data.summary ?? null;
  const plays = answer.data?.pages.flatMap(({ data }) => data.plays) ?? [];
  return (
    <YouPage>
      <div className="mx-auto flex max-w-5xl flex-col gap-4">
        <div>
          <Segmented
            label={t("listening.range")}
            options={ranges.map((value) => ({ value, label: t(`listening.ranges.${value}`) }))}
            value={range}
            onChange={(value) =>
              setSearch(value === usualRange ? {} : { range: value }, { preventScrollReset: true })
            }
          />
        </div>
        {first === undefined || summary === null || !summary.total?.plays ? (
          <WithoutPlays answer={answer} summary={summary} />
        ) : (
          <>
            <Tiles total={summary.total} />
            <CourseCard summary={summary} meta={first.meta} />
            <div className="grid gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
              <ClockCard clock={summary.clock} />
              <StreaksCard streaks={summary.streaks} total={summary.total} />
            </div>
            <div className="grid gap-4 md:grid-cols-2">
              <TopArtists artists={summary.artists} total={summary.total} />
              <TopTracks tracks={summary.tracks} total={summary.total} />
            </div>
            <LatestPlays plays={plays} answer={answer} />
          </>
        )}
        <ImportSection />
        <DataSection erasure={first?.data.erasure ?? null} />
      </div>
    </YouPage>
  );
}

interface WithoutPlaysProps {
  answer: ReturnType<typeof useListening>;
  summary: { total?: { plays: number } | null } | null;
}

/** Nothing to show: it is on its way, it failed, it isn't known yet, or there is none. */
function WithoutPlays({ answer, summary }: WithoutPlaysProps) {
  const { t } = useTranslation();
  return (
    <Card
      title={t("listening.title")}
      state={stateOf()}
      skeleton={<div className="h-96 rounded-8 bg-skeleton2" />}
    >
      {null}
    </Card>
  );

  function stateOf(): CardState {
    const { data, error, refetch } = answer;
    if (data === undefined && error !== null) {
      return { kind: "error", sentence: t("listening.failed"), error, retry: () => void refetch() };
    }
    if (data === undefined) return { kind: "loading" };
    if (summary?.total === null || summary?.total === undefined) {
      return { kind: "notEnough", sentence: t("listening.notYet"), why: t("listening.notYetWhy") };
    }
    return {
      kind: "empty",
      sentence: t("listening.none"),
      why: t("listening.noneWhy"),
      action: (
        <ButtonLink to="/listen" look="primary">
          {t("listening.toListen")}
        </ButtonLink>
      ),
    };
  }
}
