import { useTranslation } from "react-i18next";
import type { DisputeSummary } from "@/api/market/disputes";

const waiting = "border-warn-edge bg-warn-ground text-warn";
const over = "border-line2 text-ink2";

const looks: Record<DisputeSummary["status"], string> = {
  open: waiting,
  seller_responded: waiting,
  under_review: waiting,
  resolved: over,
  withdrawn: over,
};

/** Where a dispute stands. */
export function DisputeBadge({ status }: { status: DisputeSummary["status"] }) {
  const { t } = useTranslation();
  return (
    <span
      className={`inline-flex h-5 shrink-0 items-center rounded-4 border px-1.5 text-12 font-medium whitespace-nowrap ${looks[status]}`}
    >
      {t(`disputes.status.${status}`)}
    </span>
  );
}
