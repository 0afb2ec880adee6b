import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useZone } from "@/api/account";
import { useDisputes } from "@/api/market/disputes";
import type { Order } from "@/api/market/orders";
import { useFormat } from "@/format/useFormat";
import { ButtonLink } from "@/parts/Button";
import { DisputePanel } from "@/parts/shop/dispute/DisputePanel";
import { DisputeBadge } from "@/parts/shop/dispute/StatusBadge";
import { ProductCover } from "@/parts/shop/ProductCover";
import { checkoutAddress } from "../checkout/address";
import { Sums } from "../checkout/Summary";
import { Files } from "./Files";
import { OrderBadge } from "./OrderBadge";
import { ReportIssue } from "./ReportIssue";

/** An order: what, from whom, for how much; opened, its files and how the sum came about. */
export function PurchaseCard({ order, open }: { order: Order; open: boolean }) {
  const { t } = useTranslation();
  const titleId = useId();
  // The latest one; what was decided before it stands in its own.
  const disputes = useDisputes("buyer").data;
  const dispute = disputes?.find(({ order_id }) => order_id === order.id);
  const isOver = dispute?.status === "resolved" || dispute?.status === "withdrawn";
  const isPaid = order.state === "paid" || order.state === "partially_refunded";
  const canReport = isPaid && disputes !== undefined && (dispute === undefined || isOver);
  const format = useFormat(useZone());
  const [first] = order.items;
  const titles = order.items.map(({ title }) => title).join(", ");
  const here = `/market/purchases/${order.id}`;
  return (
    <section aria-labelledby={titleId} className="rounded-8 border bg-surface">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 p-4">
        {first !== undefined && (
          <ProductCover
            product={{ id: first.product_id, cover: first.cover }}
            className="size-10 shrink-0 rounded-8"
          />
        )}
        <div className="min-w-0 grow basis-48">
          <h3 className="flex flex-wrap items-center gap-2 font-semibold">
            <Link
              id={titleId}
              to={here}
              preventScrollReset
              translate="no"
              aria-current={open ? "true" : undefined}
              className="line-clamp-1 text-ink hover:underline"
            >
              {titles}
            </Link>
            <OrderBadge order={order} />
            {dispute !== undefined && <DisputeBadge status={dispute.status} />}
          </h3>
          <p className="truncate text-ink2">
            <span translate="no">{order.seller_name}</span>
          </p>
        </div>
        <div className="text-right tabular-nums">
          <b className="font-semibold">{format.money(order.total_minor, order.currency)}</b>
          <p className="text-12 text-ink3">{format.date(order.paid_at ?? order.created_at)}</p>
        </div>
        {order.state === "pending_payment" && (
          <ButtonLink to={checkoutAddress(order.items.map(({ product_id }) => product_id))}>
            {t("market.purchases.payNow")}
          </ButtonLink>
        )}
        {!open && order.paid_at !== null && (
          <ButtonLink to={here} preventScrollReset>
            {t("market.purchases.show")}
          </ButtonLink>
        )}
      </header>
      {open && (
        <>
          {order.paid_at !== null && <Files order={order} />}
          {dispute !== undefined && (
            <div className="border-t p-4">
              <DisputePanel id={dispute.id} />
            </div>
          )}
          {canReport && (
            <div className="border-t px-4 py-3">
              <ReportIssue orderId={order.id} />
            </div>
          )}
          <details className="border-t px-4 py-3">
            <summary className="font-medium">{t("market.purchases.receipt")}</summary>
            <div className="mt-3 max-w-md">
              <Sums amounts={order} lines={order.items} />
              {order.refunded_minor > 0 && (
                <p className="mt-3 flex justify-between border-t pt-3 font-semibold tabular-nums">
                  <span>{t("market.purchases.refunded")}</span>
                  {format.money(-order.refunded_minor, order.currency)}
                </p>
              )}
              <p className="mt-3 text-12 text-ink3">
                {t("market.purchases.number", { number: order.id })}
                {order.tax.evidence_conflict === true && order.tax.address_country !== null && (
                  <>
                    {" "}
                    {t("market.purchases.evidence", {
                      declared: format.country(order.tax.country),
                      address: format.country(order.tax.address_country),
                    })}
                  </>
                )}
              </p>
            </div>
          </details>
        </>
      )}
    </section>
  );
}
