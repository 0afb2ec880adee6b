import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { useAccount } from "@/api/account";
import { Avatar } from "@/parts/Avatar";

/** The way to the You page, by one's initials. */
export function AccountLink() {
  const { t } = useTranslation();
  const { data } = useAccount();
  return (
    <NavLink
      to="/you"
      title={t("nav.you")}
      className="rounded-full aria-[current=page]:outline-2 aria-[current=page]:outline-offset-2 aria-[current=page]:outline-accent"
    >
      <Avatar name={data?.name ?? ""} />
      <span className="sr-only">{t("nav.you")}</span>
    </NavLink>
  );
}
