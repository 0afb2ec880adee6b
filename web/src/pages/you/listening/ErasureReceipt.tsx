import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Notice } from "@/parts/Notice";
import { useReceipt, type Receipt } from "./queries";

const kinds = { queued: "warning", erased: "info", done: "success" } as const;

/** What has become of the request to be forgotten; followed while the page is seen. */
export function ErasureReceipt({ known }: { known: Receipt }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data = known, isError } = useReceipt(known);
  const facts = [
    t("listening.receipt.requested", { time: format.dateTime(data.requested_at) }),
    data.rows === null ? null : t("listening.receipt.rows", { count: data.rows }),
    data.done_at === null ? null : t("listening.receipt.doneAt", { time: format.dateTime(data.done_at) }),
    isError ? t("listening.receipt.notFollowed") : null,
  ];
  return (
    <div className="w-full">
      <Notice kind={kinds[data.state]} title={t(`listening.receipt.${data.state}`)}>
        <p>{t(`listening.receipt.${data.state}Why`)}</p>
        <p className="text-12">{facts.filter((fact) => fact !== null).join(" ")}</p>
        <p translate="no" className="text-12 text-ink3">
          {data.id}
        </p>
      </Notice>
    </div>
  );
}
