import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Breakdown, BreakdownRow } from "@/parts/Breakdown";
import { PartCard } from "../parts/AdminCard";
import type { Pipeline } from "../queries";

type Refused = NonNullable<Pipeline["refused"]["value"]>;

const total = ({ reports }: Refused) => reports.reduce((sum, { count }) => sum + count, 0);

/** What never got in, by the code that its player was told. */
export function RefusedCard({ query }: { query: UseQueryResult<Pipeline> }) {
  const { t } = useTranslation();
  return (
    <PartCard
      query={query}
      part={({ refused }) => refused}
      title={t("admin.refused.title")}
      sentence={(value) => t("admin.refused.sentence", { count: total(value), accepted: value.accepted })}
      failed={t("admin.refused.failed")}
      unknown={t("admin.refused.unknown")}
    >
      {(value) => (
        <div className="flex flex-col gap-4">
          {(["reports", "requests"] as const)
            .filter((list) => value[list].length > 0)
            .map((list) => (
              <Breakdown
                key={list}
                headed
                columns={{
                  label: t(`admin.refused.${list}`),
                  share: t("admin.columns.share"),
                  count: t("admin.columns.count"),
                }}
              >
                {value[list].map(({ key, count }) => (
                  <BreakdownRow
                    key={key}
                    label={<span translate="no">{key}</span>}
                    share={count / value[list].reduce((sum, row) => sum + row.count, 0)}
                    count={count}
                    largest={value[list][0]?.count ?? 0}
                  />
                ))}
              </Breakdown>
            ))}
        </div>
      )}
    </PartCard>
  );
}
