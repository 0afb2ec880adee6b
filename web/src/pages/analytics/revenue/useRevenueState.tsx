import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { ButtonLink } from "@/parts/Button";
import type { CardState } from "@/parts/Card";
import { useCardState } from "../parts/useCardState";
import { addDays } from "../report/civil";
import type { ReportQuery, ScopeMeta } from "../report/queries";
import { todayIn } from "../report/report";
import { useReport } from "../report/useReport";
import type { Projection, ProjectionMeta } from "./queries";
import { useMoney } from "./useMoney";
import { WaitingDays } from "./WaitingDays";

/** What a projection needs. */
const neededDays = 14;
const neededEarningDays = 5;

interface Sold {
  /** In which something was ever sold. */
  currencies: readonly string[];
}

/** What a card of revenue knows: nothing was ever sold, or it can't be told under these filters. */
export function useRevenueState<
  Data extends Sold,
  Meta extends ScopeMeta & { not_filtered_by: readonly string[] },
>(query: ReportQuery<Data, Meta>): CardState {
  const { t } = useTranslation();
  const { hrefOf } = useReport();
  // Whether there was any is told below, by the currencies.
  const state = useCardState(query, () => 1, { failed: t("analytics.revenue.failed") });
  const answer = query.data;
  if (answer === undefined || (state.kind !== "ready" && state.kind !== "stale")) return state;
  if (answer.meta.not_filtered_by.includes("revenue")) {
    return {
      kind: "empty",
      sentence: t("analytics.revenue.notFiltered"),
      why: t("analytics.revenue.notFilteredWhy"),
      action: (
        <ButtonLink to={hrefOf({ filters: {}, bots: "exclude" })}>
          {t("analytics.states.withoutFilters")}
        </ButtonLink>
      ),
    };
  }
  if (answer.data.currencies.length === 0) {
    return {
      kind: "empty",
      sentence: t("analytics.revenue.nothingSold"),
      why: t("analytics.revenue.nothingSoldWhy"),
      action: (
        <ButtonLink to="/sell" look="primary">
          {t("analytics.revenue.toSell")}
        </ButtonLink>
      ),
    };
  }
  return state;
}

/** As above; and where there is too little for a projection, how much there is, how much it takes, and from when. */
export function useProjectionState(query: ReportQuery<Projection, ProjectionMeta>): CardState {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const state = useRevenueState(query);
  const projection = query.data?.data;
  const money = useMoney(projection?.currency ?? null);
  if (projection === undefined || (state.kind !== "ready" && state.kind !== "stale")) return state;
  if (projection.status !== "insufficient_data") return state;

  const days = projection.n ?? 0;
  const earning = projection.days.filter(({ net_minor }) => net_minor !== null && net_minor !== 0).length;
  const missing = Math.max(0, neededDays - days);
  // A day counts once it is over: today's is the first of those that are missing.
  const from = addDays(todayIn(report.zone), missing);
  return {
    kind: "notEnough",
    sentence: t("analytics.revenue.notEnough", { days, needed: neededDays }),
    drawing: <WaitingDays days={projection.days} needed={neededDays} />,
    why: t("analytics.revenue.notEnoughWhy", {
      needed: neededDays,
      earning: neededEarningDays,
      days: t("analytics.revenue.days", { count: days }),
      with: earning,
      net: projection.net_minor === null ? "–" : money(projection.net_minor),
    }),
    from:
      missing > 0
        ? t("analytics.revenue.firstOn", { date: format.weekday(from) })
        : t("analytics.revenue.firstWhenSold", { count: neededEarningDays - earning }),
  };
}
