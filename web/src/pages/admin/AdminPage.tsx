import { useTranslation } from "react-i18next";
import { Outlet, useMatch } from "react-router";
import { useInstallation } from "@/api/installation";
import { Page } from "@/shell/Page";
import { RangeBar } from "./parts/RangeBar";
import { useRange } from "./range";

const tabs = ["users", "transactions", "disputes"] as const;

/** Header and range around the tabs; what was chosen stays from tab to tab. */
export function Component() {
  const { t } = useTranslation();
  const { search } = useRange();
  // Disputes are of any time.
  const hasRange = useMatch("/admin/disputes/*") === null;
  // The reporting zone is what every tab asks by; with it the tabs ask once, and right.
  const { data: installation } = useInstallation();
  return (
    <Page
      title={t("admin.title")}
      tabs={[
        { label: t("admin.tabs.health"), to: `/admin${search}`, end: true },
        ...tabs.map((tab) => ({ label: t(`admin.tabs.${tab}`), to: `/admin/${tab}${search}` })),
      ]}
    >
      {installation !== undefined && (
        <>
          {hasRange && <RangeBar />}
          <Outlet />
        </>
      )}
    </Page>
  );
}
