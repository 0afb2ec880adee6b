import { useTranslation } from "react-i18next";
import { ApiProblem } from "@/api/problem";
import { useFormat } from "@/format/useFormat";
import { ButtonLink } from "@/parts/Button";
import type { CardState } from "@/parts/Card";
import { chosenFilters } from "../report/filters";
import { countDays } from "../report/civil";
import type { Answer, ReportQuery, ScopeMeta } from "../report/queries";
import { useReport } from "../report/useReport";
import { FirstPlay } from "./FirstPlay";

interface Words {
  /** "The sources could not be loaded." */
  failed: string;
  /** Shows how to send the first play, where nothing was ever reported: on one card of a page. */
  withSnippet?: boolean;
  /** None at all is shown as it is, rather than as an empty card. */
  showsNone?: boolean;
}

/** What a card of a report knows: loading, failed, stale, not yet, empty, or ready. `plays`: of its total. */
export function useCardState<Data, Meta extends ScopeMeta>(
  query: ReportQuery<Data, Meta>,
  plays: (answer: Answer<Data, Meta>) => number | null,
  { failed, withSnippet = false, showsNone = false }: Words,
): CardState {
  const { t } = useTranslation();
  const { report, hrefOf } = useReport();
  const format = useFormat(report.zone);
  const { data: answer, error, dataUpdatedAt } = query;
  const retry = () => void query.refetch();
  const dates = format.dates(report.period.first, report.period.last);

  if (answer === undefined) {
    if (error === null) return { kind: "loading" };
    const tooMuch = error instanceof ApiProblem && error.code === "query_timeout";
    const shorter = tooMuch && countDays(report.period.first, report.period.last) > 7;
    return {
      kind: "error",
      sentence: failed,
      error,
      retry,
      ...(shorter && {
        alternative: (
          <ButtonLink to={hrefOf({ preset: "7d" })} look="quiet">
            {t("analytics.states.sevenDays")}
          </ButtonLink>
        ),
      }),
    };
  }

  const total = plays(answer);
  if (total === null) {
    return {
      kind: "notEnough",
      sentence: t("analytics.states.notYet"),
      why: t("analytics.states.notYetWhy"),
      from:
        answer.meta.as_of && t("analytics.states.countedUntil", { time: format.dateTime(answer.meta.as_of) }),
    };
  }
  if (total === 0 && !showsNone) {
    const filtered = chosenFilters(report.filters).length > 0 || report.bots === "only";
    return {
      kind: "empty",
      sentence: t("analytics.states.none", { dates }),
      why: t(`analytics.states.${filtered ? "noneFiltered" : withSnippet ? "noneReported" : "noneYet"}`),
      action: filtered ? (
        <ButtonLink to={hrefOf({ filters: {}, bots: "exclude" })}>
          {t("analytics.states.withoutFilters")}
        </ButtonLink>
      ) : (
        withSnippet && <FirstPlay />
      ),
    };
  }
  // An earlier answer stays when a newer one can't be had.
  if (error !== null) {
    return {
      kind: "stale",
      title: t("analytics.states.asOf", { time: format.timeExact(new Date(dataUpdatedAt)) }),
      note: t("analytics.states.notRefreshed"),
    };
  }
  if (answer.meta.held_back_by.length > 0 && answer.meta.as_of) {
    return {
      kind: "stale",
      title: t("analytics.states.asOf", { time: format.timeExact(answer.meta.as_of) }),
      note: t("analytics.states.heldBack", { count: answer.meta.held_back_by.length }),
    };
  }
  return { kind: "ready" };
}
