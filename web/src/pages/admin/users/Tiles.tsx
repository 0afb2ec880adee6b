import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { addDays } from "@/pages/analytics/report/civil";
import { Change } from "@/parts/Change";
import { Sparkline } from "@/parts/charts/Sparkline";
import { Tile, TileRow } from "@/parts/Tile";
import type { SignUps, UserDay, Users } from "../queries";
import { useRange } from "../range";
import { courseOf, signUpsIn, userMetrics, type UserMetric } from "./course";

interface TilesProps {
  users: UseQueryResult<Users>;
  signUps: UseQueryResult<SignUps>;
}

/** Five numbers of the last complete day, against the same as many days before as the range has. */
export function Tiles({ users, signUps }: TilesProps) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const days = users.data?.days ?? [];
  const at = (date: string) => days.find((day) => day.date === date);
  const last = at(addDays(range.today, -1));
  const earlier = at(addDays(range.today, -1 - range.days));
  const against = t("admin.users.against", { day: format.day(addDays(range.today, -1 - range.days)) });
  return (
    <TileRow className="rounded-t-8 border bg-surface">
      {userMetrics.map((metric) => {
        const value = last?.[metric] ?? null;
        return (
          <Tile
            key={metric}
            label={t(`admin.users.metrics.${metric}`)}
            hint={t(`admin.users.hints.${metric}`)}
            value={shown(metric, value)}
            exact={value === null || metric === "stickiness" ? undefined : format.count(value)}
            change={
              <Change
                value={change(metric, value, earlier?.[metric] ?? null)}
                unit={metric === "stickiness" ? "points" : "percent"}
                against={against}
              />
            }
            sparkline={<Sparkline points={courseOf(since(days, range.first), metric)} />}
            loading={users.isLoading}
          />
        );
      })}
      <SignUpTile signUps={signUps} />
    </TileRow>
  );

  function shown(metric: UserMetric, value: number | null): string | null {
    if (value === null) return null;
    return metric === "stickiness" ? format.percent(value, 1) : format.compact(value);
  }
}

function SignUpTile({ signUps }: { signUps: UseQueryResult<SignUps> }) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const now = signUpsIn(signUps.data, range.days, 0);
  const before = signUpsIn(signUps.data, range.days, range.days);
  const buckets = signUps.data?.buckets.slice(-range.days - 1) ?? [];
  return (
    <Tile
      label={t("admin.users.signUps")}
      value={now === null ? null : format.compact(now)}
      exact={now === null ? undefined : format.count(now)}
      change={
        <Change
          value={now === null || !before ? null : (now - before) / before}
          against={t("admin.users.againstDays", { count: range.days })}
        />
      }
      sparkline={
        <Sparkline
          points={buckets.map(({ start, complete, signups }) => ({ start, complete, value: signups }))}
        />
      }
      loading={signUps.isLoading}
    />
  );
}

function since(days: readonly UserDay[], first: string): UserDay[] {
  return days.filter(({ date }) => date >= first);
}

function change(metric: UserMetric, now: number | null, before: number | null): number | null {
  if (now === null || before === null) return null;
  if (metric === "stickiness") return now - before;
  return before === 0 ? null : (now - before) / before;
}
