import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Dispute } from "@/api/market/disputes";
import { ApiProblem } from "@/api/problem";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { Field, TextField } from "@/parts/Field";
import { Notice } from "@/parts/Notice";
import { minorOf } from "./amount";
import { resolutions, useDecide, type Resolution } from "./disputes";

interface Faults {
  amount?: string;
  reason?: string;
}

/** How it is decided, how much is given back, and why; buyer and seller read it. */
export function DecisionForm({ dispute }: { dispute: Dispute }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useProblemWords();
  const [resolution, setResolution] = useState<Resolution>("rejected");
  const [faults, setFaults] = useState<Faults>({});
  const left = format.money(dispute.left_minor, dispute.currency);
  const decide = useDecide(dispute.id);

  const send = (form: FormData) => {
    const reason = (form.get("reason") as string).trim();
    const amount =
      resolution === "refund_partial" ? minorOf(form.get("amount") as string, dispute.currency) : undefined;
    const found: Faults = {
      ...(reason === "" && { reason: t("admin.disputes.form.reasonMissing") }),
      ...(amount === null && { amount: t("admin.disputes.form.amountWrong") }),
      ...(typeof amount === "number" &&
        amount > dispute.left_minor && {
          amount: t("admin.disputes.form.amountTooLarge", { left }),
        }),
    };
    setFaults(found);
    if (Object.keys(found).length > 0 || amount === null) return;
    decide.mutate(
      { resolution, reason, ...(amount !== undefined && { amount_minor: amount }) },
      {
        onError: (error) => {
          if (error instanceof ApiProblem && error.field === "amount_minor") {
            setFaults({ amount: t("admin.disputes.form.amountTooLarge", { left }) });
          }
        },
      },
    );
  };

  return (
    <form
      noValidate
      className="flex w-full flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        send(new FormData(event.currentTarget));
      }}
    >
      <fieldset>
        <legend className="mb-1 text-12 font-medium text-ink2">{t("admin.disputes.form.resolution")}</legend>
        {resolutions.map((value) => (
          <label key={value} className="flex items-center gap-2 py-1">
            <input
              type="radio"
              name="resolution"
              value={value}
              checked={resolution === value}
              onChange={() => setResolution(value)}
            />
            {t(`admin.disputes.form.resolutions.${value}`, { left })}
          </label>
        ))}
      </fieldset>
      {resolution === "refund_partial" && (
        <TextField
          name="amount"
          inputMode="decimal"
          label={t("admin.disputes.form.amount", {
            currency: dispute.currency,
          })}
          hint={t("admin.disputes.form.amountHint", { left })}
          error={faults.amount}
        />
      )}
      <Field
        label={t("admin.disputes.form.reason")}
        hint={t("admin.disputes.form.reasonHint")}
        error={faults.reason}
      >
        {(control) => (
          <textarea
            {...control}
            name="reason"
            rows={4}
            className={`${control.className} h-auto py-2 md:h-auto`}
          />
        )}
      </Field>
      {decide.error !== null && faults.amount === undefined && (
        <Notice kind="danger" title={words(decide.error).text} />
      )}
      <div>
        <Button type="submit" look="primary" pending={decide.isPending}>
          {t("admin.disputes.form.action")}
        </Button>
      </div>
    </form>
  );
}
