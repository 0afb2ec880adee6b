import { useTranslation } from "react-i18next";
import type { ProductCard } from "@/api/market/products";

const looks = {
  draft: "border-warn-edge bg-warn-ground text-warn",
  published: "border-line2 bg-up-ground text-up",
  archived: "border-line2 text-ink3",
} as const;

/** What a product is just now; nothing for what is sold as usual, unless `always`. */
export function StateBadge({ state, always = false }: { state: ProductCard["state"]; always?: boolean }) {
  const { t } = useTranslation();
  if (state === "published" && !always) return null;
  return (
    <span
      className={`inline-flex h-5 shrink-0 items-center rounded-4 border px-1.5 text-12 font-medium ${looks[state]}`}
    >
      {t(`sell.state.${state}`)}
    </span>
  );
}
