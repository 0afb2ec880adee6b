import { useState } from "react";
import { useTranslation } from "react-i18next";
import { addDays } from "@/pages/analytics/report/civil";
import { Segmented } from "@/parts/Segmented";
import { AdminCard, CsvButton } from "../parts/AdminCard";
import { useRetention, type CohortLength, type Retention } from "../queries";
import { useRange } from "../range";
import { RetentionCurve } from "./RetentionCurve";
import { RetentionTriangle } from "./RetentionTriangle";
import { useCohortWords } from "./words";

const lengths = ["day", "week", "month"] as const;
/** Far enough back that the first cohorts have their 30th day behind them. */
const daysBack: Record<CohortLength, number> = { day: 38, week: 69, month: 180 };

/** Do people come back, and how fast do they leave? */
export function RetentionCards() {
  const { t } = useTranslation();
  const { today } = useRange();
  const [length, setLength] = useState<CohortLength>("week");
  const from = addDays(today, -daysBack[length]);
  const query = useRetention(from, length);
  const words = useCohortWords(length);
  const failed = t("admin.retention.failed");
  const empty = ({ cohorts }: Retention) =>
    cohorts.every(({ signups }) => signups === 0)
      ? { sentence: t("admin.retention.none"), why: t("admin.retention.noneWhy") }
      : null;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-5">
      <AdminCard
        query={query}
        title={t("admin.retention.title")}
        sentence={(data) => words.latest(data)}
        failed={failed}
        empty={empty}
        className="lg:col-span-3"
        tools={
          <>
            <Segmented
              small
              label={t("admin.retention.by")}
              options={lengths.map((value) => ({ value, label: t(`admin.retention.lengths.${value}`) }))}
              value={length}
              onChange={setLength}
            />
            <CsvButton path="/api/v1/admin/analytics/retention" query={{ from, bucket: length }} />
          </>
        }
      >
        {(data) => <RetentionTriangle retention={data} length={length} />}
      </AdminCard>
      <AdminCard
        query={query}
        title={t("admin.retention.curveTitle")}
        sentence={(data) => words.leaving(data)}
        failed={failed}
        empty={empty}
        className="lg:col-span-2"
        skeleton={
          <div className="h-60 rounded-8 bg-skeleton2" role="status" aria-label={t("states.loading")} />
        }
      >
        {(data) => <RetentionCurve retention={data} length={length} />}
      </AdminCard>
    </div>
  );
}
