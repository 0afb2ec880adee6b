import { useEffect, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { useSession } from "@/api/session";
import { AccountLink } from "./AccountLink";
import { Logo } from "./Logo";
import { useKeysHelp } from "./Shell";

export interface PageTab {
  label: string;
  /** Absolute path, or path with the query it keeps. */
  to: string;
  /** Only the exact path counts as chosen: for the first tab, whose path begins all others. */
  end?: boolean;
}

interface PageProps {
  /** The page's name: its only h1, and the tab of the browser. */
  title: string;
  /** The title is data, such as a track's. */
  titleIsData?: boolean;
  /** Tabs beside the title, each a link. */
  tabs?: readonly PageTab[];
  /** The right of the header: a live count, a search field. */
  aside?: ReactNode;
  children: ReactNode;
}

/** A page's frame: the header of 56 with title, tabs and slot, then the content within edges of 24 (16 on a phone). */
export function Page({ title, titleIsData = false, tabs, aside, children }: PageProps) {
  const { t } = useTranslation();
  const session = useSession();
  const showKeys = useKeysHelp();

  useEffect(() => {
    document.title = t("nav.documentTitle", { title });
  }, [t, title]);

  return (
    <>
      <header className="sticky top-0 z-10 border-b bg-surface px-4 md:px-6">
        <div className="flex flex-wrap items-center gap-x-4 lg:gap-x-10">
          <div className="flex h-14 items-center gap-3">
            <span className="md:hidden">
              <Logo size={24} />
            </span>
            <h1
              translate={titleIsData ? "no" : undefined}
              className="line-clamp-2 text-16 font-semibold md:line-clamp-1 md:text-20"
            >
              {title}
            </h1>
          </div>
          {tabs !== undefined && (
            <nav
              aria-label={title}
              className="order-last -mx-4 flex w-[calc(100%+2rem)] [scrollbar-width:none] overflow-x-auto px-4 lg:order-none lg:mx-0 lg:w-auto lg:px-0"
            >
              {tabs.map(({ label, to, end }) => (
                <NavLink
                  key={to}
                  to={to}
                  end={end}
                  className={({ isActive }) =>
                    `flex h-10 shrink-0 items-center border-b-2 px-2.5 no-underline outline-offset-[-4px] lg:h-14 ${isActive ? "border-accent font-semibold text-ink" : "border-transparent text-ink2 hover:text-ink"}`
                  }
                >
                  {label}
                </NavLink>
              ))}
            </nav>
          )}
          <div className="ml-auto flex h-14 min-w-0 items-center gap-4">
            {aside}
            <button
              type="button"
              aria-label={t("keys.show")}
              title={t("keys.show")}
              onClick={showKeys}
              className="hidden size-8 shrink-0 rounded-8 border border-line2 font-medium hover:bg-hover md:block"
            >
              {"?"}
            </button>
            {session !== null && (
              <span className="md:hidden">
                <AccountLink />
              </span>
            )}
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1} className="px-4 py-4 outline-none md:px-6">
        {children}
      </main>
    </>
  );
}
