import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { useFirstDeals, useProducts } from "@/api/market/products";
import { useZone } from "@/api/account";
import { serverNow } from "@/api/serverTime";
import { useFormat } from "@/format/useFormat";
import { dayIn } from "@/format/zones";
import { ButtonLink } from "@/parts/Button";
import { Shelf } from "@/parts/Shelf";
import { ProductGrid } from "../parts/ProductGrid";
import { ProductTile } from "../parts/ProductTile";
import { FilterBar } from "./FilterBar";
import { filtersOf, isPlain, wantedOf } from "./filters";
import { LargeDeal } from "./LargeDeal";

/** What there is to buy: deals first, then the newest; or what was looked for. */
export function Component() {
  const { t } = useTranslation();
  const [search] = useSearchParams();
  const wanted = wantedOf(search);
  const products = useProducts(filtersOf(wanted));
  const plain = isPlain(wanted);
  const shown = products.data?.pages.reduce((sum, page) => sum + page.data.length, 0) ?? 0;

  return (
    <>
      <FilterBar wanted={wanted} />
      <div className="flex flex-col gap-7">
        {plain && <Deals />}
        <Shelf
          title={plain ? t(`market.shelf.${wanted.sort}`) : t("market.shelf.found")}
          sentence={
            products.data !== undefined && !plain
              ? t(products.hasNextPage ? "market.foundFirst" : "market.found", { count: shown })
              : undefined
          }
        >
          <ProductGrid
            query={products}
            empty={
              plain ? (
                t("market.none")
              ) : (
                <div className="flex flex-col items-start gap-4">
                  <p>{t("market.noneFound")}</p>
                  <ButtonLink to="/market">{t("market.showEverything")}</ButtonLink>
                </div>
              )
            }
          />
        </Shelf>
      </div>
    </>
  );
}

/** One deal large, the next ones beside it; nothing where there are none, and when they fail: the rest is the shop. */
function Deals() {
  const { t } = useTranslation();
  const zone = useZone();
  const format = useFormat(zone);
  const { data, hasNextPage } = useFirstDeals();
  const deals = data?.pages.flatMap((page) => page.data) ?? [];
  const [first, ...others] = deals;
  const end = first?.promotion?.ends_at;
  if (first === undefined || end === undefined) return null;

  const today = dayIn(end, zone) === dayIn(new Date(serverNow()), zone);
  const when = today ? t("market.todayAt", { time: format.time(end) }) : format.dateTime(end);
  return (
    <Shelf
      title={t("market.deals.title")}
      sentence={
        hasNextPage
          ? t("market.deals.firstEnds", { when })
          : t("market.deals.sentence", { count: deals.length, when })
      }
      more={
        <Link to="/market/deals" className="text-accent hover:underline">
          {t("market.deals.all")}
        </Link>
      }
    >
      <div className="grid grid-cols-2 gap-x-4 gap-y-6 sm:grid-cols-3 lg:gap-x-5 xl:grid-cols-5">
        <div className="col-span-full xl:col-span-2">
          <LargeDeal product={first} />
        </div>
        {others.map((product) => (
          <ProductTile key={product.id} product={product} />
        ))}
      </div>
    </Shelf>
  );
}
