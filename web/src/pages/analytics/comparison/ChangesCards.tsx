import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFormat } from "@/format/useFormat";
import { Card, type CardState } from "@/parts/Card";
import { Change } from "@/parts/Change";
import { SkeletonRows } from "@/parts/Skeleton";
import { SaveButton } from "../parts/CardTools";
import { csvOf } from "../parts/csv";
import { useCardState } from "../parts/useCardState";
import type { FilterName } from "../report/filters";
import { boundsOf } from "../report/period";
import {
  everything,
  useGeography,
  useTracksReport,
  type Comparison,
  type ComparisonMeta,
  type ReportQuery,
} from "../report/queries";
import { useReport } from "../report/useReport";
import { ValueName } from "../report/ValueName";
import { useValueName } from "../report/words";
import { changesOf, largestChange, type ChangedEntry, type Listed } from "./changes";
import { comparedPeriods, countedBounds } from "./periods";

const shown = 8;

interface ComparedAnswer {
  compared: ReportQuery<Comparison, ComparisonMeta>;
}

/** What both periods are counted over: as the comparison has it, so that like is compared with like while one runs. */
function useBounds({ data, isPlaceholderData, isError }: ComparedAnswer["compared"]) {
  const { report } = useReport();
  const known = isPlaceholderData ? undefined : data?.data;
  const [first, second] = comparedPeriods(report);
  return {
    first: known ? countedBounds(known.period1) : boundsOf(first),
    second: known ? countedBounds(known.period2) : boundsOf(second),
    // Where the comparison can't be had, the whole periods are better than nothing.
    enabled: known !== undefined || isError,
  };
}

/** Which countries changed? */
export function CountriesCard({ compared }: ComparedAnswer) {
  const { t } = useTranslation();
  const { report } = useReport();
  const { first, second, enabled } = useBounds(compared);
  return (
    <ChangesCard
      filter="country"
      name="countries"
      title={t("analytics.comparison.countries")}
      queries={[
        useGeography(report, everything, { bounds: first, enabled }),
        useGeography(report, everything, { bounds: second, enabled }),
      ]}
      listed={({ countries, rest }) => ({ entries: countries, rest })}
      bounds={[first, second]}
    />
  );
}

/** Which tracks changed? */
export function TracksCard({ compared }: ComparedAnswer) {
  const { t } = useTranslation();
  const { report } = useReport();
  const { first, second, enabled } = useBounds(compared);
  return (
    <ChangesCard
      filter="track"
      name="tracks"
      title={t("analytics.comparison.tracks")}
      queries={[
        useTracksReport(report, everything, { bounds: first, enabled }),
        useTracksReport(report, everything, { bounds: second, enabled }),
      ]}
      listed={({ tracks, rest }) => ({ entries: tracks, rest })}
      bounds={[first, second]}
    />
  );
}

interface Totalled {
  total: { plays: number | null };
}

interface ChangesCardProps<Data extends Totalled> {
  filter: FilterName;
  /** Of the file. */
  name: string;
  title: string;
  queries: readonly [ReportQuery<Data>, ReportQuery<Data>];
  listed: (data: Data) => Listed;
  bounds: readonly [{ from: string; to: string }, { from: string; to: string }];
}

const severity: Record<CardState["kind"], number> = {
  error: 5,
  loading: 4,
  notEnough: 3,
  stale: 2,
  empty: 1,
  ready: 0,
};

/** One breakdown of two periods, its largest entries beside each other. */
function ChangesCard<Data extends Totalled>({
  filter,
  name,
  title,
  queries: [first, second],
  listed,
  bounds,
}: ChangesCardProps<Data>) {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useValueName();
  const words = { failed: t("analytics.comparison.changesFailed"), showsNone: true };
  const states = [
    useCardState(first, ({ data }) => data.total.plays ?? 0, words),
    useCardState(second, ({ data }) => data.total.plays ?? 0, words),
  ] as const;
  const [one, other] = states;
  const isKnown = first.data !== undefined && second.data !== undefined;
  const changes = isKnown ? changesOf(listed(first.data.data), listed(second.data.data), shown) : [];
  const largest = largestChange(changes);
  const titleOf = ({ key, label }: ChangedEntry) => nameOf(filter, key, label);
  const sentence =
    largest === null
      ? t("analytics.comparison.nothingChanged")
      : t(`analytics.comparison.most.${largest.by > 0 ? "more" : "less"}`, {
          name: titleOf(largest.entry),
          plays: t("analytics.phrases.plays", { count: Math.abs(largest.by) }),
          total: format.count(largest.entry.second ?? 0),
        });
  return (
    <Card
      title={title}
      sentence={isKnown ? sentence : undefined}
      state={severity[one.kind] >= severity[other.kind] ? one : other}
      className={first.isPlaceholderData || second.isPlaceholderData ? "opacity-60" : ""}
      skeleton={<SkeletonRows rows={shown + 1} />}
      tools={
        <SaveButton
          name={`${name}-compared`}
          file={() =>
            csvOf([
              ["key", "label", "period1_plays", "period2_plays"],
              ...changes.map((entry) => [entry.key, titleOf(entry), entry.first, entry.second]),
            ])
          }
        />
      }
    >
      {changes.length > 0 && <ChangesTable filter={filter} changes={changes} bounds={bounds} />}
    </Card>
  );
}

interface ChangesTableProps {
  filter: FilterName;
  changes: readonly ChangedEntry[];
  bounds: readonly [{ from: string; to: string }, { from: string; to: string }];
}

function ChangesTable({ filter, changes, bounds }: ChangesTableProps) {
  const { t } = useTranslation();
  const { hrefOfFilter } = useReport();
  const largest = Math.max(1, ...changes.flatMap(({ first, second }) => [first ?? 0, second ?? 0]));
  const [before] = bounds;
  return (
    <table className="-mx-2 w-[calc(100%+1rem)] table-fixed border-collapse">
      <thead className="h-8 text-12 text-ink3">
        <tr>
          <th scope="col" className="px-2 text-left font-normal">
            {t(`analytics.filters.${filter}`)}
          </th>
          {(["period1", "period2"] as const).map((period) => (
            <th key={period} scope="col" className="w-3/12 px-2 text-left font-normal whitespace-nowrap">
              {t(`analytics.comparison.${period}`)}
            </th>
          ))}
          <th scope="col" className="w-2/12 px-2 text-right font-normal max-md:w-3/12">
            {t("analytics.comparison.change")}
          </th>
        </tr>
      </thead>
      <tbody>
        {changes.map((entry) => {
          const { key, label, first, second, releasedAt } = entry;
          const notReleased = first === 0 && releasedAt !== null && releasedAt >= before.to;
          const plays = { filter, value: key, label, largest };
          return (
            <tr key={key} className="h-7 hover:bg-hover">
              <th scope="row" className="px-2 text-left font-normal">
                <Link
                  to={hrefOfFilter({ name: filter, value: key })}
                  preventScrollReset
                  className="block truncate text-ink no-underline hover:underline"
                >
                  <ValueName filter={filter} value={key} label={label} />
                </Link>
              </th>
              <td className="px-2">
                {notReleased ? (
                  <span className="text-ink3">{t("analytics.comparison.notReleased")}</span>
                ) : (
                  <Bar {...plays} plays={first} bounds={before} bar="bg-series-rest" />
                )}
              </td>
              <td className="px-2">
                <Bar {...plays} plays={second} bounds={bounds[1]} bar="bg-series1" />
              </td>
              <td className="px-2 text-right whitespace-nowrap">
                <ChangeOf first={first} second={second} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function ChangeOf({ first, second }: Pick<ChangedEntry, "first" | "second">): ReactNode {
  const { t } = useTranslation();
  if (first === null || second === null) return <span className="text-ink3">{"–"}</span>;
  if (first === 0) return <span className="text-12 text-ink3">{t("analytics.comparison.new")}</span>;
  return <Change value={(second - first) / first} />;
}

interface BarProps {
  filter: FilterName;
  value: string;
  label: string;
  plays: number | null;
  largest: number;
  bounds: { from: string; to: string };
  bar: string;
}

/** A number behind its bar, all bars to one scale; the number opens its plays. */
function Bar({ filter, value, label, plays, largest, bounds, bar }: BarProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useValueName();
  const { hrefOfPlays } = useReport();
  if (plays === null) return <span className="text-ink3">{t("analytics.comparison.notListed")}</span>;
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden className="grow max-md:hidden">
        <span
          className={`block h-3 rounded-4 ${bar}`}
          style={{ width: plays === 0 ? 0 : `max(2px, ${(plays / largest) * 100}%)` }}
        />
      </span>
      <Link
        to={hrefOfPlays({ [filter]: value, ...bounds })}
        aria-label={t("analytics.breakdown.playsOf", { name: nameOf(filter, value, label), count: plays })}
        preventScrollReset
        className="w-12 text-right text-ink tabular-nums no-underline hover:underline"
      >
        {format.count(plays)}
      </Link>
    </span>
  );
}
