import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";

/** The way to the You page. */
export function AccountLink() {
  const { t } = useTranslation();
  return (
    <NavLink to="/you" className="text-12 font-semibold text-ink2">
      {t("nav.you")}
    </NavLink>
  );
}
