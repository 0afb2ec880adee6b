import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Card } from "@/parts/Card";
import { CLASSES, classOf, quantileClasses } from "@/parts/charts/classes";
import type { ListeningSummary } from "./queries";

/** A Monday; its week names the rows. */
const monday = Date.UTC(2026, 0, 5);
const dayMs = 86_400_000;
const hours = Array.from({ length: 24 }, (_, hour) => hour);
/** Hours that are written above their column. */
const namedEvery = 6;

const dayOf = (weekday: number) => new Date(monday + weekday * dayMs);

/** When in the week one listens: a cell an hour, the more the stronger. */
export function ClockCard({ clock }: { clock: ListeningSummary["clock"] }) {
  const { t } = useTranslation();
  const format = useFormat("UTC");
  const classes = quantileClasses(clock.flat());
  const timeOf = (hour: number) => format.time(new Date(monday + hour * 3_600_000));
  const cells = clock.flatMap((row, weekday) => row.map((plays, hour) => ({ weekday, hour, plays })));
  const [busiest] = cells.toSorted((a, b) => b.plays - a.plays);
  return (
    <Card
      title={t("listening.clock.title")}
      sentence={
        busiest === undefined || busiest.plays === 0
          ? undefined
          : t("listening.clock.sentence", {
              day: format.weekdayName(dayOf(busiest.weekday)),
              time: timeOf(busiest.hour),
            })
      }
    >
      <table className="w-full table-fixed border-separate border-spacing-0.5">
        <caption className="sr-only">{t("listening.clock.caption")}</caption>
        <thead className="text-12 text-ink3">
          <tr>
            <th scope="col" className="w-10">
              <span className="sr-only">{t("listening.clock.day")}</span>
            </th>
            {hours.map((hour) => (
              <th
                key={hour}
                scope="col"
                className="overflow-visible p-0 text-left font-normal whitespace-nowrap"
              >
                {hour % namedEvery === 0 ? timeOf(hour) : <span className="sr-only">{timeOf(hour)}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {clock.map((row, weekday) => (
            <tr key={format.weekdayName(dayOf(weekday))}>
              <th scope="row" className="pr-1 text-left text-12 font-normal text-ink3">
                {format.weekdayName(dayOf(weekday), "short")}
              </th>
              {row.map((plays, hour) => {
                const colour = classOf(plays, classes);
                return (
                  <td
                    key={hours[hour]}
                    title={t("listening.clock.cell", {
                      day: format.weekdayName(dayOf(weekday)),
                      time: timeOf(hour),
                      count: plays,
                    })}
                    className="h-6 rounded-4 bg-sunken p-0"
                    style={colour === null ? undefined : { background: `var(--color-map${colour})` }}
                  >
                    <span className="sr-only">{format.count(plays)}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-3 flex items-center gap-2 text-12 text-ink3">
        {t("listening.clock.few")}
        <span aria-hidden className="flex gap-0.5">
          {Array.from({ length: CLASSES }, (_, index) => (
            <span
              key={index + 1}
              className="size-3 rounded-4"
              style={{ background: `var(--color-map${index + 1})` }}
            />
          ))}
        </span>
        {t("listening.clock.many")}
      </p>
    </Card>
  );
}
