import type { UseQueryResult } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Breakdown, BreakdownRow } from "@/parts/Breakdown";
import { PartCard } from "../parts/AdminCard";
import type { Balance, Pipeline } from "../queries";
import { useRange } from "../range";
import { useReasonWords } from "./words";

const outcomes = ["counted", "continued", "excluded", "duplicate", "rejected"] as const;
type Outcome = (typeof outcomes)[number];

const colours: Record<Outcome, string> = {
  counted: "bg-series1",
  continued: "bg-series6",
  excluded: "bg-series5",
  duplicate: "bg-series-rest",
  rejected: "bg-series2",
};

/** received = counted + continued + excluded + duplicate + rejected, above one bar to scale; and why. */
export function BalanceCard({ query, className }: { query: UseQueryResult<Pipeline>; className?: string }) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  return (
    <PartCard
      query={query}
      part={({ balance }) => balance}
      title={t("admin.balance.title")}
      sentence={({ difference, received, since }) =>
        received === 0
          ? t("admin.balance.nothing")
          : t(difference === 0 ? "admin.balance.yes" : "admin.balance.no", {
              count: Math.abs(difference),
              since: since === null ? "" : format.dateTime(since),
            })
      }
      failed={t("admin.balance.failed")}
      unknown={t("admin.balance.unknown")}
      className={className}
    >
      {(balance) => (
        <>
          <Equation balance={balance} />
          <Bar balance={balance} />
          <Whys balance={balance} />
        </>
      )}
    </PartCard>
  );
}

function Equation({ balance }: { balance: Balance }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = (count: number) =>
    balance.received === 0 ? "–" : format.percent(count / balance.received, 1);
  return (
    <dl className="flex flex-wrap items-start gap-x-3 gap-y-2">
      <div>
        <dt className="text-12 text-ink2">{t("admin.balance.received")}</dt>
        <dd className="text-20 font-semibold tabular-nums">{format.count(balance.received)}</dd>
        <dd>
          <Difference difference={balance.difference} />
        </dd>
      </div>
      {outcomes.map((outcome, index) => (
        <div key={outcome} className="grid grid-cols-[auto_auto] gap-x-3">
          <dt className="col-start-2 flex items-center gap-1.5 text-12 text-ink2">
            <span aria-hidden className={`size-2 rounded-4 ${colours[outcome]}`} />
            {t(`admin.balance.outcomes.${outcome}`)}
          </dt>
          <dd
            data-sign={index === 0 ? "=" : "+"}
            className="col-span-2 grid grid-cols-subgrid text-20 font-semibold tabular-nums before:font-normal before:text-ink3 before:content-[attr(data-sign)]"
          >
            {format.count(balance[outcome])}
          </dd>
          <dd className="col-start-2 text-12 text-ink3 tabular-nums">{share(balance[outcome])}</dd>
        </div>
      ))}
    </dl>
  );
}

function Difference({ difference }: { difference: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const none = difference === 0;
  const Icon = none ? CircleCheck : TriangleAlert;
  return (
    <span
      className={`inline-flex items-center gap-1 rounded-4 px-1.5 text-12 font-medium ${none ? "bg-up-ground text-up" : "bg-danger-ground text-danger"}`}
    >
      <Icon size={12} strokeWidth={2} aria-hidden />
      {t("admin.balance.difference", { difference: format.count(difference) })}
    </span>
  );
}

function Bar({ balance }: { balance: Balance }) {
  if (balance.received === 0) return null;
  return (
    <div className="my-4 flex h-2.5 gap-px overflow-hidden rounded-4" aria-hidden>
      {outcomes
        .filter((outcome) => balance[outcome] > 0)
        .map((outcome) => (
          <span
            key={outcome}
            className={`min-w-0.5 ${colours[outcome]}`}
            style={{ flexGrow: balance[outcome] }}
          />
        ))}
    </div>
  );
}

function Whys({ balance }: { balance: Balance }) {
  const { t } = useTranslation();
  const words = useReasonWords();
  const lists = [
    { name: "excluded", counts: balance.excluded_by_reason, total: balance.excluded, word: words.reason },
    { name: "rejected", counts: balance.rejected_by_code, total: balance.rejected, word: words.code },
  ] as const;
  return (
    <div className="grid items-start gap-x-8 gap-y-4 md:grid-cols-2">
      {lists
        .filter(({ counts }) => counts.length > 0)
        .map(({ name, counts, total, word }) => (
          <Breakdown
            key={name}
            headed
            columns={{
              label: t(`admin.balance.because.${name}`),
              share: t("admin.columns.share"),
              count: t("admin.columns.reports"),
            }}
          >
            {counts.map(({ key, count }) => (
              <BreakdownRow
                key={key}
                label={word(key)}
                share={total === 0 ? null : count / total}
                count={count}
                largest={counts[0]?.count ?? 0}
              />
            ))}
          </Breakdown>
        ))}
    </div>
  );
}
