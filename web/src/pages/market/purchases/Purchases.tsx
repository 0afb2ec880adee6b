import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useZone } from "@/api/account";
import { useOrder, useOrders, type Order } from "@/api/market/orders";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button, ButtonLink } from "@/parts/Button";
import { Notice } from "@/parts/Notice";
import { Shelf } from "@/parts/Shelf";
import { SkeletonRows } from "@/parts/Skeleton";
import { PurchaseCard } from "./PurchaseCard";

/** What one has bought, with its files; the one in the address is open, else the newest. */
export function Component() {
  const { t } = useTranslation();
  const format = useFormat(useZone());
  const words = useProblemWords();
  const { id } = useParams();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useOrders();
  const orders = data?.pages.flatMap((page) => page.data);
  const oldest = orders?.at(-1);

  let content = <SkeletonRows rows={8} />;
  if (orders !== undefined && orders.length > 0) {
    const open = id ?? orders.find(({ paid_at }) => paid_at !== null)?.id;
    content = (
      <div className="flex flex-col gap-3">
        {id !== undefined && !orders.some((order) => order.id === id) && <Further id={id} />}
        {orders.map((order) => (
          <PurchaseCard key={order.id} order={order} open={order.id === open} />
        ))}
        {hasNextPage && (
          <div>
            <Button pending={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t("market.more")}
            </Button>
          </div>
        )}
      </div>
    );
  } else if (orders !== undefined) {
    content = (
      <div className="flex flex-col items-start gap-4 text-ink2">
        <p>{t("market.purchases.none")}</p>
        <ButtonLink to="/market">{t("market.showEverything")}</ButtonLink>
      </div>
    );
  } else if (error !== null) {
    content = (
      <Notice
        kind="danger"
        title={words(error).text}
        actions={<Button onClick={() => void refetch()}>{t("common.tryAgain")}</Button>}
      />
    );
  }
  return (
    <Shelf
      title={t("market.purchases.title")}
      sentence={
        orders !== undefined && oldest !== undefined && !hasNextPage
          ? t("market.purchases.since", { count: orders.length, month: format.month(oldest.created_at) })
          : undefined
      }
    >
      <div className="max-w-4xl">{content}</div>
    </Shelf>
  );
}

/** The order of the address, where the list hasn't come to it yet. */
function Further({ id }: { id: string }) {
  const words = useProblemWords();
  const { data, error } = useOrder(id);
  if (data !== undefined) return <PurchaseCard order={data satisfies Order} open />;
  return error === null ? <SkeletonRows rows={3} /> : <Notice kind="danger" title={words(error).text} />;
}
