import { Heart as HeartIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { useWish, useWished } from "@/api/market/wishlist";
import type { ProductCard } from "@/api/market/products";
import { useProblemWords } from "@/api/problemWords";
import { useSession } from "@/api/session";
import { showToast } from "@/parts/toasts";

const discClass =
  "inline-flex size-8 items-center justify-center rounded-full bg-disc text-on-disc transition-transform hover:scale-105";

/** Wishes for a product, or no longer: full at once, and empty again if the server refuses. A visitor is asked to log in. */
export function Heart({ product, className = "" }: { product: ProductCard; className?: string }) {
  const { t } = useTranslation();
  const session = useSession();
  const { pathname, search } = useLocation();
  const words = useProblemWords();
  const wished = useWished(product);
  const { mutate } = useWish(product.id, (error) =>
    showToast(t("market.wishFailed", { why: words(error).text })),
  );
  const label = t("market.wish", { title: product.title });

  if (session === null) {
    return (
      <Link
        to={`/login?${new URLSearchParams({ next: pathname + search })}`}
        aria-label={label}
        title={label}
        className={`${discClass} ${className}`}
      >
        <HeartIcon size={18} strokeWidth={1.75} aria-hidden />
      </Link>
    );
  }
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-pressed={wished}
      onClick={() => mutate(!wished)}
      className={`${discClass} ${className}`}
    >
      <HeartIcon
        size={18}
        strokeWidth={1.75}
        aria-hidden
        fill={wished ? "currentColor" : "none"}
        className={wished ? "text-heart" : ""}
      />
    </button>
  );
}
