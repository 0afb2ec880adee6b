import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Cover } from "@/parts/cover/Cover";
import { unknown } from "../report/filters";
import type { PlayReport } from "../report/queries";
import { useReport } from "../report/useReport";
import { ValueName } from "../report/ValueName";
import { agentName } from "../report/words";

/** One report of a play: when, what, where, on what, coming from where, how much was heard, what became of it and why. */
export function PlayItem({ play }: { play: PlayReport }) {
  const { t } = useTranslation();
  const { report } = useReport();
  const format = useFormat(report.zone);
  const heard = format.clock(play.heard_before_ms + play.heard_ms);
  return (
    <article className="flex gap-3">
      <Cover id={play.track.id} className="size-10 shrink-0 rounded-4" />
      <div className="min-w-0 grow">
        <header className="flex justify-between gap-3">
          <h3 className="truncate font-semibold">
            {play.track.title === null ? (
              t("analytics.unknown.track")
            ) : (
              <span translate="no">{play.track.title}</span>
            )}
          </h3>
          <time dateTime={play.started_at} className="shrink-0 text-12 leading-5 text-ink3">
            {format.weekday(play.started_at)} {format.timeExact(play.started_at)}
          </time>
        </header>
        <p className="text-12 text-ink2">
          <Where play={play} />
        </p>
        <p className="mt-1 flex flex-wrap items-baseline gap-x-2 text-12">
          <span className="tabular-nums">
            {play.duration_ms
              ? t("analytics.drawer.heardOf", { heard, duration: format.clock(play.duration_ms) })
              : t("analytics.drawer.heard", { heard })}
          </span>
          <Outcome play={play} />
        </p>
        <p className="text-12 text-ink3">{t(`analytics.why.${play.reason ?? play.outcome}`)}</p>
      </div>
    </article>
  );
}

const outcomeLook: Record<PlayReport["outcome"], string> = {
  counted: "bg-up-ground text-up",
  continued: "bg-sunken text-ink2",
  excluded: "bg-sunken text-down",
  duplicate: "bg-sunken text-ink2",
};

function Outcome({ play: { outcome, reason } }: { play: PlayReport }) {
  const { t } = useTranslation();
  return (
    <span className={`rounded-4 px-1.5 py-0.5 font-medium ${outcomeLook[outcome]}`}>
      {reason ? t(`analytics.reasons.${reason}`) : t(`analytics.outcomes.${outcome}`)}
    </span>
  );
}

/** "Brest, Bretagne, France · iOS 26.1, Mobile Safari 26, Phone · Instagram · On a profile" */
function Where({ play }: { play: PlayReport }) {
  const agent = [withVersion(play.os, play.os_version), withVersion(play.browser, play.browser_version)];
  return (
    <>
      <DataBefore texts={[play.city, play.region]} />
      <ValueName filter="country" value={play.country ?? unknown} />
      {" · "}
      <DataBefore texts={agent} />
      <ValueName filter="device" value={play.device ?? unknown} />
      {" · "}
      <ValueName filter="source" value={play.source ?? unknown} />
      {play.context !== null && (
        <>
          {" · "}
          <ValueName filter="context" value={play.context} />
        </>
      )}
    </>
  );
}

/** What is known of it, each with its comma: "Brest, Bretagne, ". */
function DataBefore({ texts }: { texts: (string | null)[] }) {
  const known = texts.filter((text) => text !== null);
  return <span translate="no">{known.map((text) => `${text}, `).join("")}</span>;
}

function withVersion(name: string | null, version: string | null): string | null {
  if (name === null) return null;
  return version === null ? agentName(name) : `${agentName(name)} ${version}`;
}
