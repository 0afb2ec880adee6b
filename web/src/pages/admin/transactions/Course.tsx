import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { LineChart } from "@/parts/charts/later";
import type { CurrencyTransactions } from "../queries";
import { useRange } from "../range";
import { courseOf } from "./sums";

/** What is left to the sellers, by day; what it is made of is under the pointer. */
export function Course({ currency }: { currency: CurrencyTransactions }) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const buckets = currency.buckets.slice(-range.days - 1);
  const points = courseOf(buckets, "gross");
  const money = (minor: number) => format.money(Math.round(minor), currency.currency);
  const running = points.at(-1);
  const lines = ["gross", "discounts", "tax", "paid", "refunds", "net"] as const;
  return (
    <div className="-mb-2">
      <LineChart
        label={t("admin.transactions.title")}
        points={points}
        axis={money}
        date={format.day}
        unfinished={
          running?.complete === false && running.value !== null
            ? t("admin.users.today", { value: money(running.value) })
            : undefined
        }
        tooltip={({ start, complete }) => {
          const sums = buckets.find((bucket) => bucket.start === start)?.sums ?? null;
          return (
            <>
              <p className="font-semibold">{format.weekday(start)}</p>
              {sums === null ? (
                <p>{t("admin.users.unknown")}</p>
              ) : (
                lines.map((line) => (
                  <p key={line} className="flex justify-between gap-4">
                    <span className="text-on-tooltip2">{t(`admin.transactions.metrics.${line}`)}</span>
                    <span className="tabular-nums">{money(sums[`${line}_minor`])}</span>
                  </p>
                ))
              )}
              {!complete && <p className="text-on-tooltip2">{t("admin.users.running")}</p>}
            </>
          );
        }}
      />
    </div>
  );
}
