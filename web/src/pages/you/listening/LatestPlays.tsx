import { useTranslation } from "react-i18next";
import { useZone } from "@/api/account";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { Card } from "@/parts/Card";
import { Cover } from "@/parts/cover/Cover";
import type { PlayReport, useListening } from "./queries";

interface LatestPlaysProps {
  plays: readonly PlayReport[];
  answer: ReturnType<typeof useListening>;
}

/** The plays themselves, the newest first. */
export function LatestPlays({ plays, answer }: LatestPlaysProps) {
  const { t } = useTranslation();
  const format = useFormat(useZone());
  const { hasNextPage, fetchNextPage, isFetchingNextPage } = answer;
  return (
    <Card title={t("listening.latest.title")} sentence={t("listening.latest.sentence")}>
      <ol className="divide-y divide-line">
        {plays.map(({ play_id, seq, track, started_at, heard_before_ms, heard_ms }) => (
          <li key={`${play_id} ${seq}`} className="flex items-center gap-3 py-1.5">
            <Cover id={track.id} className="size-8 shrink-0 rounded-4" />
            <div className="min-w-0 grow">
              <p className="truncate font-medium">
                {track.title === null ? (
                  t("listening.unknownTrack")
                ) : (
                  <span translate="no">{track.title}</span>
                )}
              </p>
              {track.artist !== null && (
                <p translate="no" className="truncate text-12 text-ink2">
                  {track.artist}
                </p>
              )}
            </div>
            <span className="shrink-0 text-12 text-ink3 tabular-nums max-sm:hidden">
              {t("listening.latest.heard", { heard: format.clock(heard_before_ms + heard_ms) })}
            </span>
            <time dateTime={started_at} className="w-32 shrink-0 text-right text-12 text-ink3">
              {format.dateTime(started_at)}
            </time>
          </li>
        ))}
      </ol>
      {hasNextPage && (
        <Button className="mt-3" pending={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("listening.latest.more")}
        </Button>
      )}
    </Card>
  );
}
