import type { UseQueryResult } from "@tanstack/react-query";
import { Download, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { saveFile } from "@/parts/saveFile";
import { Button, IconButton } from "@/parts/Button";
import { Card, type CardState } from "@/parts/Card";
import { Notice } from "@/parts/Notice";
import { showToast } from "@/parts/toasts";
import { fetchCsv, type AdminReportPath, type Part, type Source } from "../queries";

interface AdminCardProps<Data> {
  query: UseQueryResult<Data>;
  /** The question. */
  title: string;
  sentence: (data: Data) => ReactNode;
  /** What is said when it failed. */
  failed: string;
  /** Why there is nothing, where there is nothing. */
  empty?: (data: Data) => { sentence: string; why: ReactNode } | null;
  tools?: ReactNode;
  foot?: ReactNode;
  skeleton?: ReactNode;
  children: (data: Data) => ReactNode;
  className?: string;
}

/** A card that is filled by one question, and fails alone. */
export function AdminCard<Data>({ query, sentence, failed, empty, children, ...card }: AdminCardProps<Data>) {
  const state = useQueryState(query, failed, empty);
  const { data } = query;
  return (
    <Card {...card} sentence={data === undefined ? undefined : sentence(data)} state={state}>
      {data !== undefined && children(data)}
    </Card>
  );
}

function useQueryState<Data>(
  query: UseQueryResult<Data>,
  failed: string,
  empty?: (data: Data) => { sentence: string; why: ReactNode } | null,
): CardState {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, error, dataUpdatedAt } = query;
  if (data === undefined) {
    if (error === null) return { kind: "loading" };
    return { kind: "error", sentence: failed, error, retry: () => void query.refetch() };
  }
  const nothing = empty?.(data) ?? null;
  if (nothing !== null) return { kind: "empty", ...nothing };
  // An earlier answer stays when a newer one can't be had.
  if (error !== null) {
    return {
      kind: "stale",
      title: t("admin.states.asOf", { time: format.timeExact(new Date(dataUpdatedAt)) }),
      note: t("admin.states.notRefreshed"),
    };
  }
  return { kind: "ready" };
}

interface PartCardProps<Data, Value> extends Omit<
  AdminCardProps<Data>,
  "sentence" | "children" | "empty" | "tools"
> {
  /** The part of the answer that the card shows. */
  part: (data: Data) => Part<Value>;
  sentence: (value: Value) => ReactNode;
  /** What is unknown without it: "The times by route are unknown, not zero." */
  unknown: string;
  tools?: (value: Value) => ReactNode;
  children: (value: Value) => ReactNode;
}

/** The same for a part of an answer with a source of its own: where that is away, the card says so, and the others stay. */
export function PartCard<Data, Value>({
  query,
  part,
  sentence,
  failed,
  unknown,
  tools,
  children,
  ...card
}: PartCardProps<Data, Value>) {
  const { t } = useTranslation();
  const state = useQueryState(query, failed);
  const found = query.data === undefined ? undefined : part(query.data);
  const value = found?.value ?? null;
  const away = found !== undefined && value === null;
  return (
    <Card
      {...card}
      sentence={value === null ? away && t("admin.states.unavailable") : sentence(value)}
      state={state}
      tools={value === null ? undefined : tools?.(value)}
    >
      {value !== null && children(value)}
      {away && (
        <Unavailable source={found.missing ?? "other"} unknown={unknown} retry={() => void query.refetch()} />
      )}
    </Card>
  );
}

interface UnavailableProps {
  source: Source;
  unknown: string;
  retry: () => void;
}

/** What does not answer, what is unknown without it, and a way to ask again. */
function Unavailable({ source, unknown, retry }: UnavailableProps) {
  const { t } = useTranslation();
  return (
    <Notice
      kind="danger"
      title={t(`admin.sources.${source}`)}
      actions={
        <Button icon={RotateCw} onClick={retry}>
          {t("common.tryAgain")}
        </Button>
      }
    >
      {unknown} {t("admin.states.restIsComplete")}
    </Notice>
  );
}

/** The card's numbers as a file. */
export function CsvButton({ path, query }: { path: AdminReportPath; query: Record<string, string> }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const save = async () => {
    try {
      saveFile(await fetchCsv(path, query), `${path.split("/").at(-1)}.csv`);
    } catch (error) {
      showToast(words(error).text);
    }
  };
  return <IconButton icon={Download} label={t("admin.tools.csv")} onClick={() => void save()} />;
}
