import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { DataTable, type Column } from "@/parts/DataTable";
import { PartCard } from "../parts/AdminCard";
import type { Pipeline } from "../queries";
import { useRange } from "../range";

type Partitions = NonNullable<Pipeline["partitions"]["value"]>;
type Partition = Partitions["partitions"][number];

/** How far each partition is, and how fast. */
export function PartitionsCard({
  query,
  className,
}: {
  query: UseQueryResult<Pipeline>;
  className?: string;
}) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const sentence = ({ as_of, lag, partitions }: Partitions) => {
    if (partitions.length === 0) return t("admin.partitions.none");
    const complete =
      as_of === null
        ? t("admin.partitions.asOfUnknown")
        : t("admin.partitions.asOf", { time: format.timeExact(as_of) });
    return `${complete} ${t("admin.partitions.waiting", { count: lag })}`;
  };
  return (
    <PartCard
      query={query}
      part={({ partitions }) => partitions}
      title={t("admin.partitions.title")}
      sentence={sentence}
      failed={t("admin.partitions.failed")}
      unknown={t("admin.partitions.unknown")}
      className={className}
    >
      {(value) => <Table value={value} />}
    </PartCard>
  );
}

function Table({ value }: { value: Partitions }) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const rate = (perSecond: number | null) =>
    perSecond === null ? (
      <span className="text-ink3">{"–"}</span>
    ) : (
      format.count(Math.round(perSecond * 10) / 10)
    );
  const columns: Column<Partition>[] = [
    {
      key: "partition",
      title: t("admin.partitions.partition"),
      heading: true,
      cell: ({ partition, silent, seen_at }) => (
        <>
          {format.count(partition)}
          {silent && (
            <span className="ml-2 text-12 font-normal text-danger">
              {t("admin.partitions.silent", { time: format.timeExact(seen_at) })}
            </span>
          )}
        </>
      ),
    },
    {
      key: "lag",
      title: t("admin.partitions.lag"),
      numeric: true,
      cell: ({ lag }) => format.count(lag),
      sortBy: ({ lag }) => lag,
    },
    {
      key: "oldest",
      title: t("admin.partitions.oldest"),
      numeric: true,
      cell: ({ oldest_unstored_at }) =>
        oldest_unstored_at === null ? (
          <span className="text-ink3">{t("admin.partitions.allStored")}</span>
        ) : (
          format.timeExact(oldest_unstored_at)
        ),
    },
    {
      key: "in",
      title: t("admin.partitions.received"),
      numeric: true,
      wide: true,
      cell: ({ received_per_second }) => rate(received_per_second),
    },
    {
      key: "out",
      title: t("admin.partitions.stored"),
      numeric: true,
      wide: true,
      cell: ({ stored_per_second }) => rate(stored_per_second),
    },
    {
      key: "end",
      title: t("admin.partitions.logEnd"),
      numeric: true,
      wide: true,
      cell: ({ log_end }) => format.count(log_end),
    },
  ];
  return (
    <DataTable
      caption={t("admin.partitions.title")}
      columns={columns}
      rows={value.partitions}
      rowKey={({ partition }) => partition}
      totals={[
        t("admin.columns.total"),
        format.count(value.lag),
        null,
        rate(value.received_per_second),
        rate(value.stored_per_second),
        null,
      ]}
    />
  );
}
