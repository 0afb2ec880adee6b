import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useSay, type Dispute } from "@/api/market/disputes";
import { useProblemWords } from "@/api/problemWords";
import { Button } from "@/parts/Button";
import { controlClass } from "@/parts/Field";
import { Notice } from "@/parts/Notice";

/** What this side can say now: the seller's one answer, else a message to everybody; nothing where neither is open to it. */
export function TalkForm({ dispute }: { dispute: Dispute }) {
  const action = (["respond", "message"] as const).find((open) => dispute.actions.includes(open));
  return action === undefined ? null : <Form key={action} dispute={dispute} action={action} />;
}

const labels = {
  buyer: "disputes.talk.asBuyer",
  seller: "disputes.talk.asSeller",
  admin: "disputes.talk.asAdmin",
} as const satisfies Record<Dispute["side"], string>;

function Form({ dispute, action }: { dispute: Dispute; action: "respond" | "message" }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const input = useRef<HTMLTextAreaElement>(null);
  const { mutate, isPending, error } = useSay(dispute.id, action);
  const label = t(action === "respond" ? "disputes.talk.respond" : labels[dispute.side]);
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
