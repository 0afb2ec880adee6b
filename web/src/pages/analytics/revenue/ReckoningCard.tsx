import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Card } from "@/parts/Card";
import type { Projection } from "./queries";
import { useMoney } from "./useMoney";

/** How is it reckoned? The line in words, and what it doesn't know of. */
export function ReckoningCard({ projection }: { projection: Projection }) {
  const { t } = useTranslation();
  const format = useFormat();
  const money = useMoney(projection.currency);
  const { n, slope, r_squared, typical_distance_minor, days } = projection;
  const atZero = days.filter(({ net_minor }) => net_minor === 0).length;
  const facts = [
    {
      name: t("analytics.revenue.facts.trend"),
      text:
        slope === null
          ? "–"
          : t(`analytics.revenue.facts.${slope < 0 ? "less" : "more"}`, {
              // A trend of less than a cent a day is still one over ninety.
              amount: money(Math.round(Math.abs(slope) * 30)),
            }),
    },
    {
      name: t("analytics.revenue.facts.explained"),
      text:
        r_squared === null
          ? t("analytics.revenue.facts.allSame")
          : t("analytics.revenue.facts.ofUpsAndDowns", { share: format.percent(r_squared) }),
    },
    {
      name: t("analytics.revenue.facts.distance"),
      text: typical_distance_minor === null ? "–" : `± ${money(typical_distance_minor)}`,
    },
    {
      name: t("analytics.revenue.facts.zero", { amount: money(0) }),
      text: t("analytics.revenue.facts.of", { count: atZero, all: n ?? 0 }),
    },
    { name: t("analytics.revenue.facts.unaware"), text: t("analytics.revenue.facts.unawareOf") },
  ];
  return (
    <Card
      title={t("analytics.revenue.reckoning")}
      sentence={t("analytics.revenue.reckoningSentence", { count: n ?? 0 })}
    >
      <dl className="flex flex-col gap-2">
        {facts.map(({ name, text }) => (
          <div key={name} className="flex flex-wrap justify-between gap-x-4">
            <dt className="text-ink2">{name}</dt>
            <dd className="text-right">{text}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
