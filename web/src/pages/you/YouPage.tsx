import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "@/shell/Page";

/** The frame of one's own pages, with a tab for each. */
export function YouPage({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Page
      title={t("you.title")}
      tabs={[
        { label: t("you.tabs.account"), to: "/you", end: true },
        { label: t("you.tabs.listening"), to: "/you/listening" },
      ]}
    >
      {children}
    </Page>
  );
}
