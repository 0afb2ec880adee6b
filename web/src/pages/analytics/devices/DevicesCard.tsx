import { useTranslation } from "react-i18next";
import { firstListing, listingOf } from "../parts/listings";
import { BreakdownList } from "../parts/BreakdownList";
import { useLeader } from "../parts/leader";
import { ReportCard } from "../parts/ReportCard";
import { useDemographics } from "../report/queries";
import { useReport } from "../report/useReport";

const asked = 20;

/** On what? Devices, and the first systems. */
export function DevicesCard({ className }: { className?: string }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const leader = useLeader();
  return (
    <ReportCard
      query={useDemographics(report, asked)}
      title={t("analytics.devices.title")}
      sentence={({ data }) => leader("device", firstListing(data, data.devices))}
      failed={t("analytics.devices.failed")}
      csv="/api/v1/analytics/demographics"
      more={{ to: "devices", label: t("analytics.devices.all") }}
      className={className}
    >
      {({ data }) => (
        <>
          <BreakdownList
            filter="device"
            title={t("analytics.filters.device")}
            listing={firstListing(data, data.devices)}
            most={5}
          />
          <h3 className="mt-2 flex h-7 items-center text-12 text-ink2">{t("analytics.filters.os")}</h3>
          <BreakdownList
            filter="os"
            title={t("analytics.filters.os")}
            listing={listingOf(data, "systems")}
            most={3}
          />
        </>
      )}
    </ReportCard>
  );
}
