import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Breakdown, BreakdownRow } from "@/parts/Breakdown";
import { Card } from "@/parts/Card";
import { SkeletonRows } from "@/parts/Skeleton";
import { CsvButton } from "../parts/CardTools";
import { useCardState } from "../parts/useCardState";
import { reasons } from "../plays/playsBehind";
import type { Excluded, ReportQuery } from "../report/queries";
import { reportParameters } from "../report/report";
import { useReport } from "../report/useReport";

/** Why reports don't count; each number opens its reports. */
export function ReasonsCard({ query }: { query: ReportQuery<Excluded> }) {
  const { t } = useTranslation();
  const { report, hrefOfPlays } = useReport();
  const format = useFormat();
  const state = useCardState(query, ({ data }) => data.received, { failed: t("analytics.excluded.failed") });
  const data = query.data?.data;
  const [first] = data?.reasons ?? [];
  return (
    <Card
      title={t("analytics.excluded.why")}
      sentence={
        first === undefined
          ? t("analytics.excluded.none")
          : t("analytics.excluded.leads", {
              share: format.percent(first.share),
              reason: t(`analytics.reasons.${first.reason}`),
            })
      }
      state={state}
      className={query.isPlaceholderData ? "opacity-60" : ""}
      tools={<CsvButton path="/api/v1/analytics/excluded" query={reportParameters(report)} />}
      skeleton={<SkeletonRows rows={reasons.length} />}
    >
      {data !== undefined && data.reasons.length > 0 && (
        <Breakdown
          headed
          columns={{
            label: t("analytics.excluded.reason"),
            share: t("analytics.columns.share"),
            count: t("analytics.excluded.reports"),
          }}
        >
          {data.reasons.map(({ reason, reports, share }) => {
            const name = t(`analytics.reasons.${reason}`);
            const to = hrefOfPlays({ outcome: "excluded", reason });
            const label = t("analytics.excluded.show", { name, count: reports });
            return (
              <BreakdownRow
                key={reason}
                label={name}
                share={share}
                count={reports}
                largest={first?.reports ?? 0}
                to={to}
                toLabel={t(`analytics.why.${reason}`)}
                countTo={to}
                countLabel={label}
              />
            );
          })}
        </Breakdown>
      )}
    </Card>
  );
}
