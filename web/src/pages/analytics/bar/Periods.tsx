import { ArrowLeftRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/parts/Button";
import { comparedPeriods } from "../comparison/periods";
import { useReport } from "../report/useReport";
import { useAgainst } from "../report/words";
import { DateRange } from "./DateRange";
import { usePopoverClose } from "./Popover";

/** Two ranges of days beside each other, the earlier one first. */
export function Periods() {
  const { t } = useTranslation();
  const { report, change } = useReport();
  const [first, second] = comparedPeriods(report);
  return (
    <>
      <DateRange
        name={t("analytics.comparison.period1")}
        period={first}
        onChoose={(before) => change({ period: second, before })}
      >
        {report.before !== null && <UsualBefore />}
      </DateRange>
      <ArrowLeftRight size={16} strokeWidth={1.75} aria-hidden className="shrink-0 text-ink3" />
      <DateRange
        name={t("analytics.comparison.period2")}
        period={second}
        onChoose={(period) => change({ period, before: report.before === null ? null : first })}
      />
    </>
  );
}

/** The way back from days chosen by hand. */
function UsualBefore() {
  const { report, change } = useReport();
  const close = usePopoverClose();
  const against = useAgainst(report);
  return (
    <Button
      look="quiet"
      className="mt-2 -ml-3"
      onClick={() => {
        close();
        change({ before: null });
      }}
    >
      {against}
    </Button>
  );
}
