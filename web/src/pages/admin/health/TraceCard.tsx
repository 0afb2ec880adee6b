import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "@/api/problem";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { Card } from "@/parts/Card";
import { TextField } from "@/parts/Field";
import { Notice } from "@/parts/Notice";
import { useTrace, type TracedReport } from "../queries";
import { useRange } from "../range";
import { useReasonWords } from "./words";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** One play, by its id: each of its reports, where it is in the log, and what was made of it. */
export function TraceCard() {
  const { t } = useTranslation();
  const [asked, setAsked] = useState("");
  const [wrong, setWrong] = useState(false);
  const trace = useTrace(asked);
  return (
    <Card title={t("admin.trace.title")} sentence={t("admin.trace.sentence")}>
      <form
        noValidate
        className="flex flex-col items-start gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          const id = (new FormData(event.currentTarget).get("play") as string).trim();
          setWrong(!uuid.test(id));
          if (uuid.test(id)) setAsked(id.toLowerCase());
        }}
      >
        <div className="w-full">
          <TextField
            name="play"
            label={t("admin.trace.id")}
            hint={t("admin.trace.hint")}
            error={wrong ? t("admin.trace.wrong") : undefined}
            autoComplete="off"
            spellCheck={false}
          />
        </div>
        <Button type="submit" pending={trace.isLoading}>
          {t("admin.trace.action")}
        </Button>
      </form>
      <div className="mt-3" aria-live="polite">
        {trace.error !== null && <TraceFailure error={trace.error} />}
        {trace.data?.reports.map((report) => (
          <TraceStep key={`${report.topic_id} ${report.partition} ${report.offset}`} report={report} />
        ))}
      </div>
    </Card>
  );
}

function TraceFailure({ error }: { error: Error }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  if (error instanceof ApiProblem && error.code === "not_found") {
    return (
      <Notice kind="info" title={t("admin.trace.notFound")}>
        {t("admin.trace.notFoundWhy")}
      </Notice>
    );
  }
  return <Notice kind="danger" title={words(error).text} />;
}

function TraceStep({ report }: { report: TracedReport }) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const words = useReasonWords();
  const { seq, outcome, reason, received_at, partition, offset, track, heard_ms, heard_before_ms } = report;
  return (
    <section className="border-t py-3">
      <h3 className="font-medium">
        {t("admin.trace.report", { seq: format.count(seq), outcome: t(`admin.balance.outcomes.${outcome}`) })}
        {reason !== null && <span className="text-ink2"> {words.reason(reason)}</span>}
      </h3>
      <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3 text-12 text-ink2">
        <Fact label={t("admin.trace.received")}>{format.dateTime(received_at)}</Fact>
        <Fact label={t("admin.trace.record")}>
          {t("admin.rejected.place", { partition: format.count(partition), offset: format.count(offset) })}
        </Fact>
        <Fact label={t("admin.trace.track")}>
          <span translate="no">{track.title ?? track.id}</span>
        </Fact>
        <Fact label={t("admin.trace.heard")}>{format.durationExact(heard_before_ms + heard_ms)}</Fact>
      </dl>
    </section>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink3">{label}</dt>
      <dd>{children}</dd>
    </>
  );
}
