import { useTranslation } from "react-i18next";
import { Outlet, useLocation } from "react-router";
import { useFormat } from "@/format/useFormat";
import { Page } from "@/shell/Page";
import { ReportBar, type BarKind } from "./bar/ReportBar";
import { LiveCount } from "./live/LiveCount";
import { PlaysDrawer } from "./plays/PlaysDrawer";
import { useReport } from "./report/useReport";
import { useAgainst } from "./report/words";

/** The tabs in their order, each with what its bar asks. */
const tabs = {
  overview: "compared",
  geography: "range",
  devices: "range",
  sources: "range",
  tracks: "range",
  revenue: "money",
  comparison: "periods",
  excluded: "range",
  live: "now",
} as const satisfies Record<string, BarKind>;
type Tab = keyof typeof tabs;

const names = Object.keys(tabs) as Tab[];
const pathOf = (tab: Tab) => (tab === "overview" ? "/analytics" : `/analytics/${tab}`);

/** Header, report bar and drawer around the tabs; what was chosen stays from tab to tab. */
export function Component() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const { search } = useReport();
  const shown = names.find((tab) => pathOf(tab) === pathname.replace(/\/$/, "")) ?? "overview";
  return (
    <Page
      title={t("analytics.title")}
      tabs={names.map((tab) => ({
        label: t(`analytics.tabs.${tab}`),
        to: `${pathOf(tab)}${search}`,
        end: tab === "overview",
      }))}
      aside={<LiveCount />}
    >
      <ReportBar kind={tabs[shown]} />
      <PhoneSentence isCompared={tabs[shown] === "compared"} />
      <Outlet />
      <PlaysDrawer />
    </Page>
  );
}

/** What the bar has no room for on a phone. */
function PhoneSentence({ isCompared }: { isCompared: boolean }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const against = useAgainst(report);
  const offset = format.offset();
  const zone = t("analytics.phone.zone", {
    zone: offset === report.zone ? offset : `${report.zone}, ${offset}`,
  });
  return (
    <p className="mb-3 text-12 text-ink3 md:hidden">
      {isCompared && report.compared ? `${zone} ${t("analytics.phone.compared", { against })}` : zone}
    </p>
  );
}
