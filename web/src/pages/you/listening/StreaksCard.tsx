import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Card } from "@/parts/Card";
import type { ListeningSummary } from "./queries";

type Streak = NonNullable<ListeningSummary["streaks"]["current"]>;

interface StreaksCardProps {
  streaks: ListeningSummary["streaks"];
  total: NonNullable<ListeningSummary["total"]>;
}

/** Days in a row with a play. */
export function StreaksCard({ streaks, total }: StreaksCardProps) {
  const { t } = useTranslation();
  return (
    <Card
      title={t("listening.streaks.title")}
      sentence={t("listening.streaks.sentence", { count: total.days })}
    >
      <dl className="flex flex-col gap-4">
        <StreakTerm
          name={t("listening.streaks.current")}
          streak={streaks.current}
          none={t("listening.streaks.noCurrent")}
        />
        <StreakTerm
          name={t("listening.streaks.longest")}
          streak={streaks.longest}
          none={t("listening.streaks.none")}
        />
      </dl>
    </Card>
  );
}

function StreakTerm({ name, streak, none }: { name: string; streak: Streak | null; none: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div>
      <dt className="text-12 text-ink2">{name}</dt>
      {streak === null ? (
        <dd className="text-ink3">{none}</dd>
      ) : (
        <dd>
          <span className="text-28 font-semibold tabular-nums">
            {t("listening.streaks.days", { count: streak.days })}
          </span>
          <p className="text-12 text-ink3">
            {streak.first === streak.last
              ? format.date(streak.first)
              : format.dates(streak.first, streak.last)}
          </p>
        </dd>
      )}
    </div>
  );
}
