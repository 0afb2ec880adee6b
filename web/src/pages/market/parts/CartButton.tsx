import { Check, Download, ShoppingBag } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { ProductCard } from "@/api/market/products";
import { Button, ButtonLink } from "@/parts/Button";
import { showToast } from "@/parts/toasts";
import { addToCart, useCart } from "../cart";

/** Puts a product into the cart; leads to the cart when it is there, and to the purchases when it is one. */
export function CartButton({ product, large = false }: { product: ProductCard; large?: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const inCart = useCart().includes(product.id);
  if (product.owned) {
    return (
      <ButtonLink to="/market/purchases" icon={Download} large={large}>
        {t("market.owned")}
      </ButtonLink>
    );
  }
  if (inCart) {
    return (
      <Button icon={Check} large={large} onClick={() => void navigate("/market/cart")} className="w-full">
        {t("market.cart.inCart")}
      </Button>
    );
  }
  return (
    <Button
      look="primary"
      icon={ShoppingBag}
      large={large}
      className="w-full"
      onClick={() => {
        addToCart(product.id);
        showToast(t("market.cart.added", { title: product.title }));
      }}
    >
      {t("market.cart.add")}
    </Button>
  );
}
