import { useTranslation } from "react-i18next";
import type { Status } from "./disputes";

const looks: Record<Status, string> = {
  open: "bg-warn-ground text-warn",
  seller_responded: "bg-warn-ground text-warn",
  under_review: "bg-tint text-accent",
  resolved: "bg-up-ground text-up",
  withdrawn: "bg-sunken text-ink2",
};

export function StatusBadge({ status }: { status: Status }) {
  const { t } = useTranslation();
  return (
    <span
      className={`inline-flex h-5 items-center rounded-4 px-1.5 text-12 font-medium whitespace-nowrap ${looks[status]}`}
    >
      {t(`admin.disputes.statuses.${status}`)}
    </span>
  );
}
