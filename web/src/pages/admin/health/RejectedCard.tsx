import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { Card, type CardState } from "@/parts/Card";
import { useRejected, type RejectedRecord } from "../queries";
import { useRange } from "../range";
import { useReasonWords } from "./words";

/** The records that could not be read, to look into: their bytes, what is wrong, what can be done. */
export function RejectedCard({ className }: { className?: string }) {
  const { t } = useTranslation();
  const query = useRejected();
  const records = query.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <Card
      title={t("admin.rejected.title")}
      sentence={t("admin.rejected.sentence")}
      state={stateOf()}
      className={className}
    >
      <ul className="divide-y">
        {records.map((record) => (
          <li key={`${record.topic_id} ${record.partition} ${record.offset}`}>
            <Rejected record={record} />
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <div className="mt-3">
          <Button pending={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("admin.rejected.more")}
          </Button>
        </div>
      )}
    </Card>
  );

  function stateOf(): CardState {
    if (query.data === undefined) {
      if (query.error === null) return { kind: "loading" };
      const retry = () => void query.refetch();
      return { kind: "error", sentence: t("admin.rejected.failed"), error: query.error, retry };
    }
    if (records.length === 0) {
      return { kind: "empty", sentence: t("admin.rejected.none"), why: t("admin.rejected.noneWhy") };
    }
    return { kind: "ready" };
  }
}

function Rejected({ record }: { record: RejectedRecord }) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const words = useReasonWords();
  const { partition, offset, at, code, reason, what_to_do, hex, text, size } = record;
  return (
    <details className="group">
      <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3 py-2">
        <span className="font-medium">{words.code(code)}</span>
        <span className="text-12 text-ink3">{format.dateTime(at)}</span>
        <span className="text-12 text-ink3">
          {t("admin.rejected.place", { partition: format.count(partition), offset: format.count(offset) })}
        </span>
      </summary>
      <dl className="grid gap-x-4 gap-y-2 pb-3 md:grid-cols-[7rem_1fr]">
        <Row label={t("admin.rejected.reason")}>
          <span translate="no">{reason}</span>
        </Row>
        <Row label={t("admin.rejected.whatToDo")}>{words.whatToDo(code, what_to_do)}</Row>
        <Row label={t("admin.rejected.text")}>
          {text === null ? (
            <span className="text-ink3">{t("admin.rejected.emptied")}</span>
          ) : (
            <code translate="no" className="break-all whitespace-pre-wrap">
              {text}
            </code>
          )}
        </Row>
        {hex !== null && (
          <Row label={t("admin.rejected.bytes", { count: size ?? 0 })}>
            <code translate="no" className="text-12 break-all">
              {hex.replaceAll(/(..)/g, "$1 ").trim()}
            </code>
          </Row>
        )}
      </dl>
    </details>
  );
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink2">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
