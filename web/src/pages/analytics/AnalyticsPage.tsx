import { useTranslation } from "react-i18next";
import { Outlet } from "react-router";
import { useFormat } from "@/format/useFormat";
import { Page } from "@/shell/Page";
import { ReportBar } from "./bar/ReportBar";
import { LiveCount } from "./LiveCount";
import { PlaysDrawer } from "./plays/PlaysDrawer";
import { useReport } from "./report/useReport";
import { useAgainst } from "./report/words";

const tabs = ["geography", "devices", "sources", "tracks"] as const;

/** Header, report bar and drawer around the tabs; what was chosen stays from tab to tab. */
export function Component() {
  const { t } = useTranslation();
  const { search } = useReport();
  return (
    <Page
      title={t("analytics.title")}
      tabs={[
        { label: t("analytics.tabs.overview"), to: `/analytics${search}`, end: true },
        ...tabs.map((tab) => ({ label: t(`analytics.tabs.${tab}`), to: `/analytics/${tab}${search}` })),
      ]}
      aside={<LiveCount />}
    >
      <ReportBar />
      <PhoneSentence />
      <Outlet />
      <PlaysDrawer />
    </Page>
  );
}

/** What the bar has no room for on a phone. */
function PhoneSentence() {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const against = useAgainst(report.period);
  const offset = format.offset();
  const zone = t("analytics.phone.zone", {
    zone: offset === report.zone ? offset : `${report.zone}, ${offset}`,
  });
  return (
    <p className="mb-3 text-12 text-ink3 md:hidden">
      {report.compared ? `${zone} ${t("analytics.phone.compared", { against })}` : zone}
    </p>
  );
}
