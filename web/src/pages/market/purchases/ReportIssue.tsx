import { Flag } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { reasons, useReportIssue, type DisputeReason } from "@/api/market/disputes";
import { Button } from "@/parts/Button";
import { Dialog } from "@/parts/Dialog";
import { Field, SelectField } from "@/parts/Field";
import { Notice } from "@/parts/Notice";
import { showToast } from "@/parts/toasts";
import { useForm } from "@/parts/useForm";

/** Tells what is wrong with an order: the seller answers, or the house decides. */
export function ReportIssue({ orderId }: { orderId: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={Flag} onClick={() => setOpen(true)}>
        {t("disputes.report.title")}
      </Button>
      {open && <ReportDialog orderId={orderId} onClose={() => setOpen(false)} />}
    </>
  );
}

function ReportDialog({ orderId, onClose }: { orderId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const report = useReportIssue();
  const { ref, onSubmit, errors, failure, pending } = useForm({
    fields: ["reason", "details"],
    check: ({ details }) => (details.trim() === "" ? { details: t("disputes.report.detailsMissing") } : {}),
    send: async ({ reason, details }) => {
      const dispute = { reason: reason as DisputeReason, details: details.trim() };
      await report.mutateAsync({ orderId, dispute });
      showToast(t("disputes.report.done"));
      onClose();
    },
  });
  return (
    <Dialog title={t("disputes.report.title")} sentence={t("disputes.report.sentence")} onClose={onClose}>
      <form ref={ref} noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
        <SelectField label={t("disputes.report.reason")} name="reason">
          {reasons.map((reason) => (
            <option key={reason} value={reason}>
              {t(`disputes.reason.${reason}`)}
            </option>
          ))}
        </SelectField>
        <Field
          label={t("disputes.report.details")}
          hint={t("disputes.report.detailsHint")}
          error={errors.details}
        >
          {(attributes) => (
            <textarea
              {...attributes}
              name="details"
              rows={5}
              maxLength={5_000}
              className={`${attributes.className} h-auto! py-2`}
            />
          )}
        </Field>
        {failure !== undefined && <Notice kind="danger" title={failure} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" look="primary" pending={pending}>
            {t("disputes.report.send")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
