import { LogIn, Moon, Sun } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, NavLink } from "react-router";
import { useSession } from "@/api/session";
import { IconButton } from "@/parts/Button";
import { AccountLink } from "./AccountLink";
import { Logo } from "./Logo";
import { destinationsOf } from "./navigation";
import { setTheme, usePaintedTheme } from "./theme";

const itemClass =
  "flex h-13 w-16 flex-col items-center justify-center gap-1 rounded-8 text-12 no-underline transition-colors";

function linkClass({ isActive }: { isActive: boolean }): string {
  return `${itemClass} ${isActive ? "font-semibold text-accent md:bg-tint" : "text-ink2 hover:bg-hover hover:text-ink"}`;
}

/** The way around: a rail on the left, a bar at the bottom of a phone. */
export function Rail() {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <nav
      aria-label={t("nav.label")}
      className="fixed inset-x-0 bottom-0 z-20 flex h-17 items-center justify-around border-t bg-surface pb-[env(safe-area-inset-bottom)] md:inset-y-0 md:right-auto md:h-auto md:w-18 md:flex-col md:justify-start md:gap-1 md:border-t-0 md:border-r md:pb-4"
    >
      <Link to="/" aria-label={t("nav.home")} className="hidden h-14 items-center md:flex">
        <Logo />
      </Link>
      {destinationsOf(session?.role ?? null).map(({ name, path, icon: Icon }) => (
        <NavLink key={name} to={path} className={linkClass}>
          <Icon size={20} strokeWidth={1.75} aria-hidden />
          {t(`nav.${name}`)}
        </NavLink>
      ))}
      {session === null && (
        <NavLink to="/login" className={linkClass}>
          <LogIn size={20} strokeWidth={1.75} aria-hidden />
          {t("nav.login")}
        </NavLink>
      )}
      <div className="hidden flex-col items-center gap-4 md:mt-auto md:flex">
        <ThemeSwitch />
        {session !== null && <AccountLink />}
      </div>
    </nav>
  );
}

/** Flips what is painted; "as the system has it" is chosen on the You page. */
function ThemeSwitch() {
  const { t } = useTranslation();
  const painted = usePaintedTheme();
  const other = painted === "light" ? "dark" : "light";
  return (
    <IconButton
      icon={painted === "light" ? Moon : Sun}
      label={t(`theme.switchTo.${other}`)}
      onClick={() => setTheme(other)}
    />
  );
}
