import { Search, ShoppingBag } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Outlet, useLocation, useNavigate, useSearchParams } from "react-router";
import { useWishlist } from "@/api/market/wishlist";
import { useSession } from "@/api/session";
import { useFormat } from "@/format/useFormat";
import { buttonClass } from "@/parts/Button";
import { Page } from "@/shell/Page";
import { useShortcuts } from "@/shell/shortcuts";
import { useCart } from "./cart";

/** Header with tabs, search and cart around the pages of the shop. */
export function Component() {
  const { t } = useTranslation();
  const format = useFormat();
  const session = useSession();
  const wishes = useWishlist().data?.length ?? 0;
  const wishlist = t("market.tabs.wishlist");
  const shortcuts = useMemo(
    () => [{ keys: "/", label: t("market.searchKey"), run: () => searchFieldInSight()?.focus() }],
    [t],
  );
  useShortcuts(shortcuts);
  return (
    <Page
      title={t("market.title")}
      tabs={[
        { label: t("market.tabs.discover"), to: "/market", end: true },
        { label: t("market.tabs.deals"), to: "/market/deals" },
        ...(session === null
          ? []
          : [
              {
                label: wishes > 0 ? `${wishlist} ${format.count(wishes)}` : wishlist,
                to: "/market/wishlist",
              },
              { label: t("market.tabs.purchases"), to: "/market/purchases" },
            ]),
      ]}
      aside={
        <>
          <SearchField className="hidden w-80 xl:block" />
          <CartLink />
        </>
      }
    >
      <SearchField className="mb-4 xl:hidden" />
      <Outlet />
    </Page>
  );
}

/** In the header where it is wide, else above the page. */
function searchFieldInSight(): HTMLInputElement | undefined {
  const fields = document.querySelectorAll<HTMLInputElement>("[role=search] input");
  return [...fields].find((field) => field.checkVisibility());
}

/** Milliseconds of quiet after which what was typed is looked for. */
const typingPause = 300;

/** Looks for titles and artists; what is looked for stands in the address. */
function SearchField({ className }: { className: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [search] = useSearchParams();
  const asked = pathname === "/market" ? (search.get("q") ?? "") : "";
  const [typed, setTyped] = useState(asked);

  // The address changed by other means: going back, or a link.
  const [shown, setShown] = useState(asked);
  if (shown !== asked) {
    setShown(asked);
    setTyped(asked);
  }

  useEffect(() => {
    if (typed.trim() === asked) return undefined;
    const timer = setTimeout(() => {
      const next = new URLSearchParams(pathname === "/market" ? search : undefined);
      if (typed.trim() === "") next.delete("q");
      else next.set("q", typed.trim());
      setShown(typed.trim());
      void navigate(`/market?${next}`, { replace: pathname === "/market", preventScrollReset: true });
    }, typingPause);
    return () => clearTimeout(timer);
  }, [typed, asked, pathname, search, navigate]);

  return (
    <form role="search" className={`relative ${className}`} onSubmit={(event) => event.preventDefault()}>
      <Search
        size={16}
        strokeWidth={1.75}
        aria-hidden
        className="pointer-events-none absolute inset-y-0 left-3 h-full text-ink3"
      />
      <input
        type="search"
        name="q"
        maxLength={100}
        aria-label={t("market.search")}
        placeholder={t("market.search")}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        className="block h-9 w-full rounded-8 border border-ctl bg-surface pr-3 pl-9 placeholder:text-ink3 md:h-8"
      />
    </form>
  );
}

function CartLink() {
  const { t } = useTranslation();
  const format = useFormat();
  const count = useCart().length;
  return (
    <Link to="/market/cart" className={buttonClass()}>
      <span className="sr-only">{t("market.cart.link", { count })}</span>
      <ShoppingBag size={16} strokeWidth={1.75} aria-hidden />
      <span aria-hidden>{t("market.cart.title")}</span>
      {count > 0 && (
        <b aria-hidden className="font-semibold tabular-nums">
          {format.count(count)}
        </b>
      )}
    </Link>
  );
}
