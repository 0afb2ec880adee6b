import { useTranslation } from "react-i18next";
import { ButtonLink } from "@/parts/Button";
import { Page } from "@/shell/Page";

/** An address that leads nowhere. */
export function Component() {
  const { t } = useTranslation();
  return (
    <Page title={t("notFound.title")}>
      <p className="mb-4 max-w-prose text-ink2">{t("notFound.sentence")}</p>
      <ButtonLink to="/listen">{t("notFound.action")}</ButtonLink>
    </Page>
  );
}
