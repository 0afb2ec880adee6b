import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import type { ImportSummary } from "./queries";

/** Refusals with words of their own; all others are faults of what the file says. */
const refusals = ["too_old", "in_future", "other"] as const;
type Refusal = (typeof refusals)[number];

const refusalOf = (code: string): Refusal => refusals.find((named) => named === code) ?? "other";

/** What became of each hearing of a history; the numbers add up to the first. */
export function SummaryTable({ summary, hearings }: { summary: ImportSummary; hearings: number }) {
  const { t } = useTranslation();
  const { counted, duplicate, excluded, left_out, rejected, tracks, waiting } = summary;
  const refused = (code: Refusal) =>
    rejected.filter((by) => refusalOf(by.code) === code).reduce((sum, by) => sum + by.hearings, 0);
  const rows = [
    [t("listening.imports.duplicate"), duplicate] as const,
    ...excluded.map((by) => [t(`listening.imports.excluded.${by.reason}`), by.hearings] as const),
    ...refusals.map((code) => [t(`listening.imports.rejected.${code}`), refused(code)] as const),
    [t("listening.imports.waiting"), waiting] as const,
  ].filter(([, number]) => number > 0);
  const leftOut = (["podcasts", "audiobooks", "untitled"] as const)
    .filter((what) => left_out[what] > 0)
    .map((what) => t(`listening.imports.leftOut.${what}`, { count: left_out[what] }));
  return (
    <div>
      <table className="w-full max-w-xl">
        <caption className="sr-only">{t("listening.imports.caption")}</caption>
        <tbody>
          <Row words={t("listening.imports.read", { count: tracks })} number={hearings} strong />
          <Row words={t("listening.imports.play")} number={counted} strong />
          {rows.map(([words, number]) => (
            <Row key={words} words={words} number={number} />
          ))}
        </tbody>
      </table>
      {leftOut.length > 0 && <p className="mt-2 text-12 text-ink3">{leftOut.join(" ")}</p>}
    </div>
  );
}

function Row({ words, number, strong = false }: { words: string; number: number; strong?: boolean }) {
  const format = useFormat();
  return (
    <tr className={`border-b border-line ${strong ? "font-medium" : "text-ink2"}`}>
      <th scope="row" className="py-1 pr-3 text-left font-[inherit]">
        {words}
      </th>
      <td className="py-1 text-right align-top tabular-nums">{format.count(number)}</td>
    </tr>
  );
}
