import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { Drawer } from "@/parts/Dialog";
import { Notice } from "@/parts/Notice";
import { Segmented } from "@/parts/Segmented";
import { SkeletonRows } from "@/parts/Skeleton";
import { usePlays } from "../report/queries";
import { playsParameter, useReport } from "../report/useReport";
import { PlayItem } from "./PlayItem";
import { describe, everyOutcome, kindOf, playsParameters, reasons } from "./playsBehind";
import { useValueName } from "../report/words";

/** The latest plays behind a number; open while the address says so. */
export function PlaysDrawer() {
  const [search] = useSearchParams();
  const behind = search.get(playsParameter);
  return behind === null ? null : <OpenDrawer behind={new URLSearchParams(behind)} />;
}

function OpenDrawer({ behind }: { behind: URLSearchParams }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { report, hrefOfPlays } = useReport();
  const format = useFormat(report.zone);
  const nameOf = useValueName();
  const parameters = playsParameters(report, behind);
  const outcomes = behind.getAll("outcome");
  const all = outcomes.length === everyOutcome.length;
  const go = (to: string) => void navigate(to, { preventScrollReset: true });
  const facts = Object.fromEntries([...new Set(behind.keys())].map((name) => [name, behind.getAll(name)]));
  const { outcome: _, ...others } = facts;
  // Rows of their own kind, and those of one outcome, have no wider list to switch to.
  const kind = kindOf(behind);
  const canBeAll = kind === "all" || (kind === "counted" && outcomes.length === 0);

  const narrowedTo = [
    ...describe(behind).map(({ name, value }) => nameOf(name, value)),
    ...reasons
      .filter((reason) => behind.getAll("reason").includes(reason))
      .map((reason) => t(`analytics.reasons.${reason}`)),
  ].join(", ");
  const span = (from: string | null, to: string | null) =>
    from === null || to === null ? null : format.span(from, to);
  const received = span(behind.get("received_from"), behind.get("received_to"));
  const dates =
    received === null
      ? (span(behind.get("from"), behind.get("to")) ?? format.dates(report.period.first, report.period.last))
      : t("analytics.drawer.received", { span: received });
  return (
    <Drawer
      title={t(`analytics.drawer.title.${kind}`)}
      sentence={[narrowedTo, dates, t("analytics.drawer.zone", { zone: report.zone })]
        .filter(Boolean)
        .join(" · ")}
      onClose={() => go(hrefOfPlays(null))}
    >
      {canBeAll && (
        <div className="mb-3">
          <Segmented
            small
            label={t("analytics.drawer.which")}
            options={[
              { value: "counted", label: t("analytics.drawer.counted") },
              { value: "all", label: t("analytics.drawer.all") },
            ]}
            value={all ? "all" : "counted"}
            onChange={(which) =>
              go(hrefOfPlays(which === "all" ? { ...others, outcome: everyOutcome } : others))
            }
          />
        </div>
      )}
      <PlayList parameters={parameters} />
    </Drawer>
  );
}

function PlayList({ parameters }: { parameters: ReturnType<typeof playsParameters> }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = usePlays(parameters);
  const plays = data?.pages.flatMap((page) => page.data);
  if (plays === undefined && error !== null) {
    return (
      <Notice
        kind="danger"
        title={words(error).text}
        actions={<Button onClick={() => void refetch()}>{t("common.tryAgain")}</Button>}
      />
    );
  }
  if (plays === undefined) return <SkeletonRows rows={12} />;
  if (plays.length === 0) return <p className="text-ink2">{t("analytics.drawer.none")}</p>;
  return (
    <>
      <ol className="flex flex-col divide-y divide-line">
        {plays.map((play) => (
          <li key={`${play.play_id} ${play.seq}`} className="py-3 first:pt-0">
            <PlayItem play={play} />
          </li>
        ))}
      </ol>
      {hasNextPage && (
        <Button className="mt-3" pending={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("analytics.drawer.more")}
        </Button>
      )}
    </>
  );
}
