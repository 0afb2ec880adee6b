import { Check, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFormat } from "@/format/useFormat";
import { Card } from "@/parts/Card";
import { CsvButton } from "../parts/CardTools";
import { useCardState } from "../parts/useCardState";
import { everyOutcome } from "../plays/playsBehind";
import type { Excluded, ReportQuery } from "../report/queries";
import { reportParameters } from "../report/report";
import { useReport } from "../report/useReport";

/** Of the bar; the text beside it says the same. */
const colours = {
  counted: "bg-series1",
  continued: "bg-series6",
  excluded: "bg-series2",
  duplicate: "bg-series-rest",
};

/** received = counted + continued + excluded + duplicates, and a bar to scale. */
export function BalanceCard({ query }: { query: ReportQuery<Excluded> }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const state = useCardState(query, ({ data }) => data.received, {
    failed: t("analytics.excluded.failed"),
    withSnippet: true,
  });
  const balance = query.data?.data;
  return (
    <Card
      title={t("analytics.excluded.title")}
      sentence={
        balance &&
        t(`analytics.excluded.${missing(balance) === 0 ? "adds" : "addsNot"}`, { count: missing(balance) })
      }
      state={state}
      className={`lg:col-span-2 ${query.isPlaceholderData ? "opacity-60" : ""}`}
      tools={<CsvButton path="/api/v1/analytics/excluded" query={reportParameters(report)} />}
      skeleton={
        <div className="h-24 rounded-8 bg-skeleton2" role="status" aria-label={t("states.loading")} />
      }
    >
      {balance !== undefined && <Balance balance={balance} />}
    </Card>
  );
}

/** Reports that are none of the four; 0, or something is wrong. */
function missing(balance: Excluded): number {
  const sum = everyOutcome.reduce((all, outcome) => all + (balance[outcome] ?? 0), 0);
  return (balance.received ?? 0) - sum;
}

function Balance({ balance }: { balance: Excluded }) {
  const { t } = useTranslation();
  const format = useFormat();
  const received = balance.received ?? 0;
  const shareOf = (reports: number) => (received > 0 ? reports / received : 0);
  return (
    <>
      <dl className="flex flex-wrap gap-x-5 gap-y-4">
        <Term
          name={t("analytics.excluded.received")}
          value={received}
          outcomes={everyOutcome}
          note={<Difference by={missing(balance)} />}
        />
        {everyOutcome.map((outcome, index) => {
          const reports = balance[outcome] ?? 0;
          return (
            <Term
              key={outcome}
              sign={index === 0 ? "=" : "+"}
              colour={colours[outcome]}
              name={t(`analytics.excluded.outcomes.${outcome}`)}
              value={reports}
              outcomes={[outcome]}
              note={format.percent(shareOf(reports), 1)}
            />
          );
        })}
      </dl>
      <div aria-hidden className="mt-4 flex h-3 gap-0.5 overflow-hidden rounded-4">
        {everyOutcome.map((outcome) => {
          const reports = balance[outcome] ?? 0;
          return (
            reports > 0 && (
              <span
                key={outcome}
                data-outcome={outcome}
                className={`min-w-0.5 ${colours[outcome]}`}
                style={{ flexGrow: reports, flexBasis: 0 }}
              />
            )
          );
        })}
      </div>
    </>
  );
}

function Difference({ by }: { by: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const Icon = by === 0 ? Check : TriangleAlert;
  return (
    <span
      className={`inline-flex items-center gap-1 rounded-4 px-1.5 py-0.5 font-medium ${by === 0 ? "bg-up-ground text-up" : "bg-danger-ground text-danger"}`}
    >
      <Icon size={12} aria-hidden />
      {t("analytics.excluded.difference", { difference: format.count(by) })}
    </span>
  );
}

interface TermProps {
  sign?: string;
  colour?: string;
  name: string;
  value: number;
  /** Of the rows behind the number. */
  outcomes: readonly string[];
  note: React.ReactNode;
}

/** One term of the equation; its number opens the reports. */
function Term({ sign, colour, name, value, outcomes, note }: TermProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { hrefOfPlays } = useReport();
  return (
    <div className={`relative min-w-24 ${sign === undefined ? "" : "pl-7"}`}>
      <dt className="flex items-center gap-1.5 text-12 text-ink2">
        {sign !== undefined && (
          <span aria-hidden className="absolute top-4 left-0 text-20 text-ink3">
            {sign}
          </span>
        )}
        {colour !== undefined && <span aria-hidden className={`size-2 rounded-4 ${colour}`} />}
        {name}
      </dt>
      <dd>
        <Link
          to={hrefOfPlays({ outcome: outcomes })}
          aria-label={t("analytics.excluded.show", { name, count: value })}
          preventScrollReset
          className="text-20 font-semibold text-ink tabular-nums no-underline hover:underline"
        >
          {format.count(value)}
        </Link>
        <p className="text-12 text-ink3 tabular-nums">{note}</p>
      </dd>
    </div>
  );
}
