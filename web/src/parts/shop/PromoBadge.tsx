import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";

/** `PROMO −30 %` on a cover, `−30 %` in a line. */
export function PromoBadge({ percent, small = false }: { percent: number; small?: boolean }) {
  const { t } = useTranslation();
  const share = useFormat().percent(-percent / 100);
  return (
    <span
      className={`inline-flex items-center rounded-4 bg-promo px-2 text-12 font-semibold whitespace-nowrap text-on-promo ${small ? "h-5" : "h-6"}`}
    >
      {small ? share : t("market.promo", { share })}
    </span>
  );
}
