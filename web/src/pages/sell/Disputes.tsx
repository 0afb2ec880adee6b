import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useZone } from "@/api/account";
import { useDisputes, type DisputeSummary } from "@/api/market/disputes";
import { useFormat } from "@/format/useFormat";
import { ButtonLink } from "@/parts/Button";
import { Card, type CardState } from "@/parts/Card";
import { DisputePanel } from "@/parts/shop/dispute/DisputePanel";
import { DisputeBadge } from "@/parts/shop/dispute/StatusBadge";

/** Whether the seller's answer is still wanted. */
function isToAnswer({ status, responded_at }: DisputeSummary): boolean {
  return responded_at === null && (status === "open" || status === "under_review");
}

/** What buyers report of what one sold: those to answer first. The one in the address is open, else the first. */
export function Component() {
  const { t } = useTranslation();
  const { id } = useParams();
  const { data, error, refetch } = useDisputes("seller");
  const toAnswer = data?.filter(isToAnswer) ?? [];
  const disputes = [...toAnswer, ...(data?.filter((dispute) => !isToAnswer(dispute)) ?? [])];

  let state: CardState = { kind: "ready" };
  if (data === undefined) {
    state =
      error === null
        ? { kind: "loading" }
        : { kind: "error", sentence: t("sell.disputes.failed"), error, retry: () => void refetch() };
  } else if (disputes.length === 0) {
    state = {
      kind: "empty",
      sentence: t("sell.disputes.none"),
      why: t("sell.disputes.noneWhy"),
      action: <ButtonLink to="/sell/sales">{t("sell.disputes.toSales")}</ButtonLink>,
    };
  }
  const open = id ?? disputes[0]?.id;
  return (
    <Card
      title={t("sell.disputes.title")}
      sentence={
        toAnswer.length === 0
          ? t("sell.disputes.nothingToAnswer")
          : t("sell.disputes.toAnswer", { count: toAnswer.length })
      }
      state={state}
    >
      <ul className="flex max-w-3xl flex-col divide-y">
        {disputes.map((dispute) => (
          <li key={dispute.id} className="py-3 first:pt-0">
            <Summary dispute={dispute} open={dispute.id === open} />
            {dispute.id === open && (
              <div className="mt-4">
                <DisputePanel id={dispute.id} />
              </div>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Summary({ dispute, open }: { dispute: DisputeSummary; open: boolean }) {
  const { t } = useTranslation();
  const format = useFormat(useZone());
  return (
    <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
      <Link
        to={`/sell/disputes/${dispute.id}`}
        preventScrollReset
        translate="no"
        aria-current={open ? "true" : undefined}
        className="font-semibold text-ink hover:underline"
      >
        {dispute.titles.join(", ")}
      </Link>
      <DisputeBadge status={dispute.status} />
      <span className="text-ink2">
        {`${t(`disputes.reason.${dispute.reason}`)} · `}
        <span translate="no">{dispute.buyer_name}</span>
      </span>
      <span className="ml-auto text-12 text-ink3 tabular-nums">
        {`${format.money(dispute.total_minor, dispute.currency)} · ${format.day(dispute.created_at)}`}
      </span>
    </div>
  );
}
