import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { useMoney } from "../revenue/useMoney";
import type { Comparison } from "../report/queries";
import type { Figure } from "../report/report";
import type { Side } from "./periods";

/** Where the API has a figure. */
const keys = {
  plays: "plays",
  listeners: "listeners",
  revenue: "revenue_minor",
  followers: "followers",
} as const satisfies Record<Figure, keyof Comparison["change"]>;

export function figureOf(of: Side | Side["series"][number], figure: Figure): number | null {
  return of[keys[figure]];
}

export function perDayOf({ per_day }: Side, figure: Figure): number | null {
  return per_day[keys[figure]];
}

export function changeOf({ change }: Comparison, figure: Figure): number | null {
  return change[keys[figure]];
}

export function changePerDayOf({ change }: Comparison, figure: Figure): number | null {
  return change.per_day[keys[figure]];
}

export interface FigureWords {
  /** The number alone. */
  exact: (value: number) => string;
  /** On the axis. */
  axis: (value: number) => string;
  /** With its noun: "27 followers". */
  phrase: (value: number) => string;
}

/** How a figure's numbers are written; `currency`: of revenue, null where there is none. */
export function useFigureWords(currency: string | null): Record<Figure, FigureWords> {
  const { t } = useTranslation();
  const format = useFormat();
  const money = useMoney(currency);
  const counted = (phrase: (count: number) => string): FigureWords => ({
    exact: format.count,
    axis: format.compact,
    phrase,
  });
  return {
    plays: counted((count) => t("analytics.phrases.plays", { count })),
    listeners: counted((count) => t("analytics.phrases.listeners", { count })),
    revenue: { exact: money, axis: money, phrase: money },
    followers: counted((count) => t("analytics.phrases.followers", { count })),
  };
}
