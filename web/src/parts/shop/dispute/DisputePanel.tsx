import { useTranslation } from "react-i18next";
import { useZone } from "@/api/account";
import { useDispute, useWithdraw, type Dispute } from "@/api/market/disputes";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { Notice } from "@/parts/Notice";
import { SkeletonRows } from "@/parts/Skeleton";
import { showToast } from "@/parts/toasts";
import { TalkForm } from "./TalkForm";
import { DisputeTimeline } from "./Timeline";

/** A dispute: its time line, and what can be said and done now. */
export function DisputePanel({ id }: { id: string }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const { data: dispute, error, refetch } = useDispute(id);
  if (dispute !== undefined) return <Panel dispute={dispute} />;
  if (error === null) return <SkeletonRows rows={4} />;
  return (
    <Notice
      kind="danger"
      title={words(error).text}
      actions={<Button onClick={() => void refetch()}>{t("common.tryAgain")}</Button>}
    />
  );
}

function Panel({ dispute }: { dispute: Dispute }) {
  const { t } = useTranslation();
  const zone = useZone();
  const format = useFormat(zone);
  return (
    <div className="flex flex-col gap-4">
      <p>
        <b className="font-semibold">{t("disputes.title")}</b>{" "}
        <span className="text-ink2">
          {t("disputes.sentence", {
            reason: t(`disputes.reason.${dispute.reason}`),
            date: format.date(dispute.created_at),
          })}
        </span>
      </p>
      <DisputeTimeline dispute={dispute} zone={zone} />
      <TalkForm dispute={dispute} />
      {dispute.actions.includes("withdraw") && <Withdraw id={dispute.id} />}
    </div>
  );
}

function Withdraw({ id }: { id: string }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const { mutate, isPending, error } = useWithdraw(id);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button
        pending={isPending}
        onClick={() => mutate(undefined, { onSuccess: () => showToast(t("disputes.withdrawn")) })}
      >
        {t("disputes.withdraw")}
      </Button>
      {error !== null && <Notice kind="danger" title={words(error).text} />}
    </div>
  );
}
