import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Card } from "@/parts/Card";
import { ColumnChart } from "@/parts/charts/ColumnChart";
import type { ListeningMeta, ListeningSummary } from "./queries";

type Bucket = ListeningSummary["buckets"][number];

const hourMs = 3_600_000;

/** How much one listened, over time; long silences before the first play are left out. */
export function CourseCard({ summary, meta }: { summary: ListeningSummary; meta: ListeningMeta }) {
  const { t } = useTranslation();
  const format = useFormat(meta.tz);
  const begun = summary.buckets.findIndex(({ plays, heard_ms }) => Boolean(plays) || Boolean(heard_ms));
  const buckets = summary.buckets.slice(Math.max(0, begun - 1));
  const [most] = buckets.toSorted((a, b) => (b.heard_ms ?? 0) - (a.heard_ms ?? 0));
  const name = ({ start }: Bucket) => (meta.bucket === "month" ? format.month(start) : format.weekday(start));
  const describe = (bucket: Bucket) => {
    const heard = bucket.heard_ms === null ? t("listening.notKnown") : format.durationExact(bucket.heard_ms);
    return `${name(bucket)}: ${heard}`;
  };
  const unit = meta.bucket === "month" ? "month" : "day";
  return (
    <Card
      title={t(`listening.course.${unit}`)}
      sentence={
        most &&
        t("listening.course.most", { when: name(most), heard: format.durationExact(most.heard_ms ?? 0) })
      }
    >
      <ColumnChart
        label={t(`listening.course.${unit}`)}
        columns={buckets.map(({ start, heard_ms, complete }) => ({
          key: start,
          value: heard_ms === null ? null : heard_ms / hourMs,
          complete,
        }))}
        axis={(hours) => (hours === 0 ? format.count(0) : format.duration(hours * hourMs))}
        name={(index) => (buckets[index] === undefined ? "" : axisName(buckets[index]))}
        describe={(index) => (buckets[index] === undefined ? "" : describe(buckets[index]))}
      />
    </Card>
  );

  function axisName({ start }: Bucket): string {
    return meta.bucket === "month" ? format.month(start) : format.day(start);
  }
}
