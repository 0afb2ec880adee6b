import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useZone } from "@/api/account";
import { useDispute, useSay, useWithdraw, type Dispute } from "@/api/market/disputes";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { controlClass } from "@/parts/Field";
import { Notice } from "@/parts/Notice";
import { SkeletonRows } from "@/parts/Skeleton";
import { showToast } from "@/parts/toasts";
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
  const format = useFormat(useZone());
  const { actions } = dispute;
  const talk = (["respond", "message"] as const).find((action) => actions.includes(action));
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
      <DisputeTimeline dispute={dispute} />
      {talk !== undefined && <TalkForm key={talk} dispute={dispute} action={talk} />}
      {actions.includes("withdraw") && <Withdraw id={dispute.id} />}
    </div>
  );
}

function TalkForm({ dispute, action }: { dispute: Dispute; action: "respond" | "message" }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const input = useRef<HTMLTextAreaElement>(null);
  const { mutate, isPending, error } = useSay(dispute.id, action);
  const label = t(
    action === "respond"
      ? "disputes.talk.respond"
      : dispute.side === "seller"
        ? "disputes.talk.asSeller"
        : "disputes.talk.asBuyer",
  );
  return (
    <form
      className="flex flex-col gap-2 border-t pt-4"
      onSubmit={(event) => {
        event.preventDefault();
        const text = input.current?.value.trim() ?? "";
        if (text === "" || isPending) return;
        mutate(text, {
          onSuccess: () => {
            if (input.current !== null) input.current.value = "";
          },
        });
      }}
    >
      <div className="flex items-end gap-2">
        <textarea
          ref={input}
          rows={action === "respond" ? 3 : 1}
          maxLength={5_000}
          aria-label={label}
          placeholder={label}
          className={`${controlClass} h-auto! min-h-9 grow py-1.5`}
        />
        <Button type="submit" look={action === "respond" ? "primary" : "default"} pending={isPending}>
          {t(action === "respond" ? "disputes.talk.answer" : "disputes.talk.send")}
        </Button>
      </div>
      {error !== null && <Notice kind="danger" title={words(error).text} />}
    </form>
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
