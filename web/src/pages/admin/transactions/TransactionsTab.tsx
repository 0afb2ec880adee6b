import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Segmented } from "@/parts/Segmented";
import { AdminCard, CsvButton } from "../parts/AdminCard";
import { useTransactions } from "../queries";
import { useRange } from "../range";
import { Course } from "./Course";
import { GroupsCard } from "./GroupsCard";
import { averageOf } from "./sums";
import { Tiles } from "./Tiles";

/** What was sold and given back, a currency at a time. */
export function Component() {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const query = useTransactions(range);
  const [chosen, setChosen] = useState<string | null>(null);
  const currencies = query.data?.currencies ?? [];
  const currency = currencies.find((known) => known.currency === chosen) ?? currencies[0];
  const average = currency === undefined ? null : averageOf(currency.buckets, range.days);
  return (
    <div className="flex flex-col gap-4">
      {currencies.length > 1 && currency !== undefined && (
        <div translate="no">
          <Segmented
            label={t("admin.transactions.currency")}
            options={currencies.map((known) => ({ value: known.currency, label: known.currency }))}
            value={currency.currency}
            onChange={setChosen}
          />
        </div>
      )}
      <div>
        {currency !== undefined && <Tiles currency={currency} />}
        <AdminCard
          query={query}
          title={t("admin.transactions.title")}
          sentence={() =>
            currency === undefined || average === null
              ? t("admin.transactions.noOrders")
              : t("admin.transactions.average", { amount: format.money(average, currency.currency) })
          }
          failed={t("admin.transactions.failed")}
          empty={(data) =>
            data.currencies.length === 0
              ? { sentence: t("admin.transactions.none"), why: t("admin.transactions.noneWhy") }
              : null
          }
          tools={
            <CsvButton
              path="/api/v1/admin/analytics/transactions"
              query={{ from: range.first, to: range.tomorrow, tz: range.zone }}
            />
          }
          skeleton={
            <div className="h-60 rounded-8 bg-skeleton2" role="status" aria-label={t("states.loading")} />
          }
          className={currency === undefined ? "" : "rounded-t-none border-t-0"}
        >
          {() => currency !== undefined && <Course currency={currency} />}
        </AdminCard>
      </div>
      {currency !== undefined && <GroupsCard currency={currency.currency} />}
    </div>
  );
}
