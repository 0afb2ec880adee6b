import { Calendar } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { TextField } from "@/parts/Field";
import { parseDay } from "../report/civil";
import type { Period } from "../report/period";
import { todayIn } from "../report/report";
import { useReport } from "../report/useReport";
import { Popover, usePopoverClose } from "./Popover";

interface DateRangeProps {
  /** What stands before the days: "Period 1". */
  name?: string;
  period: Period;
  onChoose: (period: Period) => void;
  /** Another way to choose, under the form. */
  children?: ReactNode;
}

/** Days that can be chosen one by one. */
export function DateRange({ name, period, onChoose, children }: DateRangeProps) {
  const { report } = useReport();
  const format = useFormat(report.zone);
  const { first, last } = period;
  const days = first === last ? format.date(first) : format.dates(first, last);
  return (
    <Popover
      icon={Calendar}
      label={
        name === undefined ? (
          days
        ) : (
          <>
            <span className="font-normal text-ink2">{name}</span>
            {days}
          </>
        )
      }
    >
      <DateForm
        // Begins anew when other days are chosen elsewhere.
        key={`${first} ${last}`}
        period={period}
        today={todayIn(report.zone)}
        onChoose={onChoose}
      />
      {children}
    </Popover>
  );
}

interface DateFormProps {
  period: Period;
  today: string;
  onChoose: (period: Period) => void;
}

function DateForm({ period, today, onChoose }: DateFormProps) {
  const { t } = useTranslation();
  const close = usePopoverClose();
  const [first, setFirst] = useState<string>(period.first);
  const [last, setLast] = useState<string>(period.last);
  const turned = first > last ? t("analytics.bar.turned") : undefined;
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (parseDay(first) !== null && parseDay(last) !== null && first <= last) {
          close();
          onChoose({ first, last });
        }
      }}
    >
      <TextField
        type="date"
        label={t("analytics.bar.first")}
        value={first}
        max={today}
        onChange={({ target }) => setFirst(target.value)}
      />
      <TextField
        type="date"
        label={t("analytics.bar.last")}
        value={last}
        max={today}
        error={turned}
        onChange={({ target }) => setLast(target.value)}
      />
      <Button type="submit" look="primary">
        {t("analytics.bar.show")}
      </Button>
    </form>
  );
}
