import { useTranslation } from "react-i18next";
import { useDeals } from "@/api/market/products";
import { ButtonLink } from "@/parts/Button";
import { Shelf } from "@/parts/Shelf";
import { ProductGrid } from "./parts/ProductGrid";

/** All running promotions, the first to end first. */
export function Component() {
  const { t } = useTranslation();
  return (
    <Shelf title={t("market.deals.title")} sentence={t("market.deals.order")}>
      <ProductGrid
        query={useDeals()}
        empty={
          <div className="flex flex-col items-start gap-4">
            <p>{t("market.deals.none")}</p>
            <ButtonLink to="/market">{t("market.showEverything")}</ButtonLink>
          </div>
        }
      />
    </Shelf>
  );
}
