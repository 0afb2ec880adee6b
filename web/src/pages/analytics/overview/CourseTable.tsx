import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { DataTable, type Column } from "@/parts/DataTable";
import type { Overview } from "../report/queries";
import { metrics } from "../report/report";
import { useReport } from "../report/useReport";
import { useBucketWords, useMetricWords } from "../report/words";

type Bucket = Overview["buckets"][number];

/** All five numbers of each bucket. */
export function CourseTable({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { report, hrefOfPlays } = useReport();
  const words = useMetricWords();
  const { full } = useBucketWords(report);
  const columns: Column<Bucket>[] = [
    {
      key: "start",
      title: t(`analytics.buckets.${report.bucket}`),
      heading: true,
      cell: ({ start, complete }) => (
        <>
          {full(start)}
          {!complete && <span className="ml-2 text-12 text-ink3">{t("analytics.course.notFinished")}</span>}
        </>
      ),
      sortBy: ({ start }) => Date.parse(start),
    },
    ...metrics.map((metric): Column<Bucket> => ({
      key: metric,
      title: t(`analytics.metrics.${metric}`),
      numeric: true,
      wide: metric !== "plays" && metric !== "listeners",
      cell: (bucket) => {
        const value = bucket[metric];
        if (value === null) return <span className="text-ink3">{"–"}</span>;
        return (
          <Link to={hrefOfPlays({ from: bucket.start, to: bucket.end })} className="text-ink hover:underline">
            {words[metric].exact(value)}
          </Link>
        );
      },
      sortBy: (bucket) => bucket[metric],
    })),
  ];
  const totals = metrics.map((metric) => {
    const value = overview.total[metric];
    return value === null ? "–" : words[metric].exact(value);
  });
  return (
    <div className="max-h-80 overflow-y-auto">
      <DataTable
        caption={t("analytics.course.table")}
        columns={columns}
        rows={overview.buckets}
        rowKey={({ start }) => start}
        totals={[t("analytics.columns.total"), ...totals]}
      />
    </div>
  );
}
