import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useDispute, type Dispute } from "@/api/market/disputes";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { Card, type CardState } from "@/parts/Card";
import { Notice } from "@/parts/Notice";
import { DisputeBadge } from "@/parts/shop/dispute/StatusBadge";
import { TalkForm } from "@/parts/shop/dispute/TalkForm";
import { DisputeTimeline } from "@/parts/shop/dispute/Timeline";
import { useRange } from "../range";
import { DecisionForm } from "./DecisionForm";
import { useTakeUp } from "./disputes";

/** One dispute: what it is about, what happened, and what can be done now. */
export function Component() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const { search, zone } = useRange();
  const query = useDispute(id);
  const dispute = query.data;
  const state: CardState =
    dispute !== undefined
      ? { kind: "ready" }
      : query.error === null
        ? { kind: "loading" }
        : {
            kind: "error",
            sentence: t("admin.disputes.oneFailed"),
            error: query.error,
            retry: () => void query.refetch(),
          };
  return (
    <>
      <p className="mb-3">
        <Link to={`/admin/disputes${search}`} className="text-accent hover:underline">
          {t("admin.disputes.back")}
        </Link>
      </p>
      <div className="grid items-start gap-4 lg:grid-cols-3">
        <Card
          title={t("admin.disputes.happened")}
          sentence={dispute !== undefined && <span translate="no">{dispute.titles.join(", ")}</span>}
          state={state}
          className="lg:col-span-2"
        >
          {dispute !== undefined && (
            <div className="flex flex-col gap-4">
              <DisputeTimeline dispute={dispute} zone={zone} />
              <TalkForm dispute={dispute} />
            </div>
          )}
        </Card>
        {dispute !== undefined && (
          <div className="flex flex-col gap-4">
            <FactsCard dispute={dispute} />
            <ActionsCard dispute={dispute} />
          </div>
        )}
      </div>
    </>
  );
}

function FactsCard({ dispute }: { dispute: Dispute }) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const { status, reason, buyer_name, seller_name, currency, total_minor, left_minor, respond_until } =
    dispute;
  const facts = [
    ["status", <DisputeBadge key="status" status={status} />],
    ["reason", t(`disputes.reason.${reason}`)],
    ["buyer", data(buyer_name)],
    ["seller", data(seller_name)],
    ["total", format.money(total_minor, currency)],
    ["left", format.money(left_minor, currency)],
    ...(status === "open" ? ([["respondUntil", format.dateTime(respond_until)]] as const) : []),
  ] as const;
  return (
    <Card title={t("admin.disputes.facts")}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink2">{t(`admin.disputes.columns.${name}`)}</dt>
            <dd className="min-w-0 text-right font-medium">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

const data = (text: string) => <span translate="no">{text}</span>;

function ActionsCard({ dispute }: { dispute: Dispute }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const format = useFormat();
  const review = useTakeUp(dispute.id);
  const canReview = dispute.actions.includes("review") && dispute.status !== "under_review";
  const canResolve = dispute.actions.includes("resolve");
  if (!canReview && !canResolve) {
    return (
      <Card title={t("admin.disputes.decide")} sentence={t("admin.disputes.isOver")}>
        <p className="text-ink2">
          {dispute.resolution === null
            ? t("admin.disputes.wasWithdrawn")
            : t(`disputes.resolution.${dispute.resolution}`, {
                amount: format.money(dispute.refunded_minor ?? 0, dispute.currency),
              })}
        </p>
      </Card>
    );
  }
  return (
    <Card
      title={t("admin.disputes.decide")}
      sentence={t(canReview ? "admin.disputes.canTakeUp" : "admin.disputes.takenUp")}
    >
      <div className="flex flex-col items-start gap-4">
        {review.error !== null && <Notice kind="danger" title={words(review.error).text} />}
        {canReview && (
          <Button pending={review.isPending} onClick={() => review.mutate()}>
            {t("admin.disputes.takeUp")}
          </Button>
        )}
        {canResolve && <DecisionForm dispute={dispute} />}
      </div>
    </Card>
  );
}
