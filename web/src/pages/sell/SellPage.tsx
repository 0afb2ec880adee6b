import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Outlet } from "react-router";
import { ButtonLink } from "@/parts/Button";
import { Page } from "@/shell/Page";

/** Header with tabs around what a seller looks after. */
export function Component() {
  const { t } = useTranslation();
  return (
    <Page
      title={t("sell.title")}
      tabs={[
        { label: t("sell.tabs.products"), to: "/sell", end: true },
        { label: t("sell.tabs.promotions"), to: "/sell/promotions" },
        { label: t("sell.tabs.sales"), to: "/sell/sales" },
        { label: t("sell.tabs.demand"), to: "/sell/demand" },
        { label: t("sell.tabs.reviews"), to: "/sell/reviews" },
        { label: t("sell.tabs.disputes"), to: "/sell/disputes" },
      ]}
      aside={
        <ButtonLink to="/sell/new" look="primary" icon={Plus}>
          {t("sell.products.add")}
        </ButtonLink>
      }
    >
      <Outlet />
    </Page>
  );
}
