import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { PartCard } from "../parts/AdminCard";
import type { Part, Pipeline } from "../queries";

const kinds = ["country", "city", "device", "source", "listener"] as const;
const monthMs = 30 * 86_400_000;

/** What isn't known of the plays, and how old the data are that tell it. */
export function DataCard({ query }: { query: UseQueryResult<Pipeline> }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <PartCard
      query={query}
      part={({ unknown }) => unknown}
      title={t("admin.data.title")}
      sentence={({ plays }) => t("admin.data.sentence", { count: plays })}
      failed={t("admin.data.failed")}
      unknown={t("admin.data.unknown")}
    >
      {(shares) => (
        <>
          <dl className="grid grid-cols-[1fr_auto] gap-y-1">
            {kinds.map((kind) => (
              <div key={kind} className="contents">
                <dt className="text-ink2">{t(`admin.data.kinds.${kind}`)}</dt>
                <dd className="text-right font-medium tabular-nums">
                  {shares[kind] === null ? "–" : format.percent(shares[kind], 1)}
                </dd>
              </div>
            ))}
          </dl>
          <Ages part={query.data?.data} />
        </>
      )}
    </PartCard>
  );
}

type EnrichmentData = NonNullable<Pipeline["data"]["value"]>;

function Ages({ part }: { part: Part<EnrichmentData> | undefined }) {
  const { t } = useTranslation();
  const value = part?.value ?? null;
  return (
    <div className="mt-3 border-t pt-3">
      {value === null ? (
        <p className="text-ink3">{t("admin.data.agesUnavailable")}</p>
      ) : (
        <dl className="grid grid-cols-[1fr_auto] gap-y-1">
          <Age label={t("admin.data.geoip")} seconds={value.geoip_age_seconds} />
          <Age label={t("admin.data.agents")} seconds={value.agents_age_seconds} />
        </dl>
      )}
    </div>
  );
}

function Age({ label, seconds }: { label: string; seconds: number | null }) {
  const { t } = useTranslation();
  const old = seconds !== null && seconds * 1_000 > 2 * monthMs;
  return (
    <>
      <dt className="text-ink2">{label}</dt>
      <dd className={`text-right font-medium tabular-nums ${old ? "text-warn" : ""}`}>
        {seconds === null
          ? t("admin.data.noData")
          : t("admin.data.days", { count: Math.floor(seconds / 86_400) })}
      </dd>
    </>
  );
}
