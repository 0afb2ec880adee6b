import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Trans, useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { liveQuery, reportsKey } from "../report/queries";
import { useReport } from "../report/useReport";

/** What is heard right now, and up to when everything is counted. When it moves, the reports are asked for again. */
export function LiveCount() {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const { data: answer, isError, isPlaceholderData } = useQuery(liveQuery(report));
  useRefreshOnNews(
    isPlaceholderData ? undefined : answer && JSON.stringify(answer.data.minutes.map(({ plays }) => plays)),
  );

  const plays = answer?.data.last_5.plays ?? null;
  const asOf = answer?.meta.as_of ?? null;
  return (
    <div className="flex min-w-0 items-center gap-4 text-12 text-ink3">
      {plays !== null && !isError && (
        <span className="flex items-center gap-2 whitespace-nowrap text-ink2 md:text-14">
          <span aria-hidden className={`size-2 rounded-full ${plays > 0 ? "bg-up" : "bg-line2"}`} />
          <span className="max-md:hidden">
            <Trans
              i18nKey="analytics.live.plays"
              count={plays}
              components={{ b: <b className="text-ink" /> }}
            />
          </span>
          <span className="md:hidden">
            <Trans
              i18nKey="analytics.live.playsShort"
              count={plays}
              components={{ b: <b className="text-ink" /> }}
            />
          </span>
        </span>
      )}
      {isError && <span className="text-danger">{t("analytics.live.failed")}</span>}
      {asOf !== null && (
        <span className="truncate max-md:sr-only">
          {t("analytics.live.completeUpTo", { time: format.timeExact(asOf) })}
        </span>
      )}
    </div>
  );
}

/** Reports are dear and the live count is cheap: it tells when there is something new to count. */
function useRefreshOnNews(news: string | undefined): void {
  const client = useQueryClient();
  const known = useRef<string>(undefined);
  useEffect(() => {
    if (news === undefined) return;
    if (known.current !== undefined && known.current !== news) {
      void client.invalidateQueries({ queryKey: reportsKey });
    }
    known.current = news;
  }, [client, news]);
}
