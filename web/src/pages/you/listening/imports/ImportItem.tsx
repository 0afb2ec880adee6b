import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Notice } from "@/parts/Notice";
import { isOver, type ListeningImport } from "./queries";
import { SummaryTable } from "./SummaryTable";

/** One history: how far it is, or what became of it. */
export function ImportItem({ history, open }: { history: ListeningImport; open: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { file_name, begun_at, state, summary } = history;
  return (
    <li className="py-2">
      <details open={open}>
        <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3">
          <span translate="no" className="min-w-0 grow basis-40 truncate font-medium">
            {file_name}
          </span>
          <span className="text-ink2">
            {summary === null
              ? t(`listening.imports.states.${state}`)
              : t("listening.imports.counted", { count: summary.counted })}
          </span>
          <time dateTime={begun_at} className="text-12 text-ink3">
            {format.dateTime(begun_at)}
          </time>
        </summary>
        <div className="mt-3 flex flex-col gap-3">
          <Outcome history={history} />
          <BrokenFiles history={history} />
        </div>
      </details>
    </li>
  );
}

function Outcome({ history }: { history: ListeningImport }) {
  const { t } = useTranslation();
  const { failure, hearings, state, summary } = history;
  if (summary !== null) return <SummaryTable summary={summary} hearings={hearings ?? 0} />;
  if (failure !== null) {
    return (
      <Notice kind="danger" title={t("listening.imports.states.failed")}>
        {t(`listening.imports.failures.${failure}`)}
      </Notice>
    );
  }
  if (state === "interrupted") {
    return (
      <Notice kind="warning" title={t("listening.imports.states.interrupted")}>
        {t("listening.imports.interruptedWhy")}
      </Notice>
    );
  }
  return isOver(history) ? null : <Progress history={history} />;
}

/** How much of a history is on its way; while it is read, nobody knows. */
function Progress({ history: { hearings, sent, state } }: { history: ListeningImport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const id = useId();
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1" role="status">
      <label htmlFor={id} className="text-ink2">
        {t(`listening.imports.states.${state}`)}
      </label>
      <progress
        id={id}
        className="h-2 grow basis-40"
        {...(hearings === null ? {} : { value: sent, max: Math.max(hearings, 1) })}
      />
      {hearings !== null && (
        <span className="tabular-nums">
          {t("listening.imports.sent", { sent: format.count(sent), all: format.count(hearings) })}
        </span>
      )}
    </div>
  );
}

/** Files of the history that could not be read, each with the line that stopped it. */
function BrokenFiles({ history: { broken } }: { history: ListeningImport }) {
  const { t } = useTranslation();
  if (broken.length === 0) return null;
  return (
    <Notice kind="warning" title={t("listening.imports.broken", { count: broken.length })}>
      <ul className="flex flex-col gap-1">
        {broken.map(({ file, line, reason }) => (
          <li key={file} className="wrap-anywhere">
            <p translate="no">{file}</p>
            <p className="text-12">
              {t("listening.imports.line", { line })}{" "}
              <span translate="no" lang="en">
                {reason}
              </span>
            </p>
          </li>
        ))}
      </ul>
    </Notice>
  );
}
