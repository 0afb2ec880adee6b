import { Clock } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useServerNow } from "@/api/serverTime";
import { useFormat } from "@/format/useFormat";

interface CountdownProps {
  /** When it ends, by the server's clock. */
  until: string;
  /** How many units are shown: "1 d 04 h" has two. */
  units?: number;
  /** Called once it is over: what it was about is no longer so. */
  onEnd?: () => void;
  className?: string;
}

/** What is left of a promotion, second by second, by the server's clock. */
export function Countdown({ until, units = 2, onEnd, className = "" }: CountdownProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const left = Date.parse(until) - useServerNow();
  const over = left <= 0;
  useEffect(() => {
    if (over) onEnd?.();
    // Once: whoever is told asks anew, and what comes of it has another end.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [over]);
  return (
    <span className={`inline-flex items-center gap-1.5 text-12 tabular-nums ${className}`}>
      <Clock size={14} strokeWidth={1.75} aria-hidden />
      <time dateTime={until}>
        {over ? t("market.ended") : t("market.endsIn", { time: format.countdown(left, units) })}
      </time>
    </span>
  );
}
