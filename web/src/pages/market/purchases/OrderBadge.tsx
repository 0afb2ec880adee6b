import { useTranslation } from "react-i18next";
import type { Order } from "@/api/market/orders";

const looks = {
  pending_payment: "border-warn-edge bg-warn-ground text-warn",
  partially_refunded: "border-line2 text-ink2",
  refunded: "border-line2 text-ink2",
  canceled: "border-line2 text-ink3",
} as const;

/** What is not as usual with an order; nothing where it is simply paid. */
export function OrderBadge({ order }: { order: Order }) {
  const { t } = useTranslation();
  if (order.state === "paid") return null;
  return (
    <span
      className={`inline-flex h-5 shrink-0 items-center rounded-4 border px-1.5 text-12 font-medium ${looks[order.state]}`}
    >
      {t(`market.purchases.state.${order.state}`)}
    </span>
  );
}
