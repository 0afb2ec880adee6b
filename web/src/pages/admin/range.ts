/** Which days the admin's pages look at: complete ones of the reporting zone, up to yesterday, and the running one after them. */
import { useSearchParams } from "react-router";
import { useInstallation } from "@/api/installation";
import { addDays, localTime, type Day } from "@/pages/analytics/report/civil";
import { useMinute } from "@/pages/analytics/report/useMinute";

export const presets = ["7d", "28d", "90d"] as const;
export type Preset = (typeof presets)[number];

const daysOf: Record<Preset, number> = { "7d": 7, "28d": 28, "90d": 90 };

export interface Range {
  preset: Preset;
  /** Complete days. */
  days: number;
  /** The first of them. */
  first: Day;
  /** The first of as many days before. */
  before: Day;
  /** The running day, which follows them. */
  today: Day;
  tomorrow: Day;
  /** The reporting zone. */
  zone: string;
  /** The query that keeps the range in the address. */
  search: string;
  choose: (preset: Preset) => void;
}

/** The range in the address. */
export function useRange(): Range {
  const [search, setSearch] = useSearchParams();
  const { data: installation } = useInstallation();
  const minute = useMinute();
  const zone = installation?.reporting_tz ?? "UTC";
  const asked = search.get("range");
  const preset = presets.find((known) => known === asked) ?? "28d";
  const days = daysOf[preset];
  const today = localTime(minute, zone).day;
  return {
    preset,
    days,
    first: addDays(today, -days),
    before: addDays(today, -2 * days),
    today,
    tomorrow: addDays(today, 1),
    zone,
    search: preset === "28d" ? "" : `?range=${preset}`,
    choose: (chosen) =>
      setSearch(
        (was) => {
          const next = new URLSearchParams(was);
          if (chosen === "28d") next.delete("range");
          else next.set("range", chosen);
          return next;
        },
        { preventScrollReset: true },
      ),
  };
}
