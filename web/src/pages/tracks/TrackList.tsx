import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useAccount, useZone } from "@/api/account";
import { useOwnTracks, type Track } from "@/api/tracks";
import { useFormat } from "@/format/useFormat";
import { Button, ButtonLink } from "@/parts/Button";
import { Card, type CardState } from "@/parts/Card";
import { Cover } from "@/parts/cover/Cover";
import { DataTable, type Column } from "@/parts/DataTable";
import { Page } from "@/shell/Page";

/** A creator's own tracks. */
export function Component() {
  const { t } = useTranslation();
  const account = useAccount();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useOwnTracks();
  const tracks = data?.pages.flatMap((page) => page.data) ?? [];
  // What isn't here yet can't be sorted in.
  const columns = useColumns({ sortable: !hasNextPage });

  const failed = account.error ?? error;
  let state: CardState = { kind: "ready" };
  if (data === undefined && failed !== null) {
    const retry = () => void (account.error === null ? refetch() : account.refetch());
    state = { kind: "error", sentence: t("tracks.failed"), error: failed, retry };
  } else if (data === undefined) {
    state = { kind: "loading" };
  } else if (tracks.length === 0) {
    state = {
      kind: "empty",
      sentence: t("tracks.none"),
      why: t("tracks.noneWhy"),
      action: (
        <ButtonLink to="/tracks/new" look="primary" icon={Plus}>
          {t("tracks.addFirst")}
        </ButtonLink>
      ),
    };
  }

  return (
    <Page
      title={t("tracks.title")}
      aside={
        <ButtonLink to="/tracks/new" look="primary" icon={Plus}>
          {t("tracks.add")}
        </ButtonLink>
      }
    >
      <Card
        title={t("tracks.listTitle")}
        sentence={
          hasNextPage
            ? t("tracks.shown", { count: tracks.length })
            : t("tracks.all", { count: tracks.length })
        }
        state={state}
      >
        <DataTable caption={t("tracks.title")} columns={columns} rows={tracks} rowKey={({ id }) => id} />
        {hasNextPage && (
          <div className="mt-4">
            <Button pending={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t("tracks.more")}
            </Button>
          </div>
        )}
      </Card>
    </Page>
  );
}

function useColumns({ sortable }: { sortable: boolean }): Column<Track>[] {
  const { t } = useTranslation();
  const format = useFormat(useZone());
  const columns: Column<Track>[] = [
    {
      key: "title",
      title: t("tracks.form.title"),
      heading: true,
      cell: ({ id, title }) => (
        <Link to={id} translate="no" className="flex items-center gap-2 text-ink hover:underline">
          <Cover id={id} className="size-5 shrink-0 rounded-4!" />
          {title}
        </Link>
      ),
      sortBy: ({ title }) => title,
    },
    {
      key: "artist",
      title: t("tracks.form.artist"),
      wide: true,
      cell: ({ artist }) => <span translate="no">{artist}</span>,
      sortBy: ({ artist }) => artist,
    },
    {
      key: "released",
      title: t("tracks.form.released"),
      wide: true,
      cell: ({ released_at }) =>
        released_at ? (
          <span className="whitespace-nowrap">{format.date(released_at)}</span>
        ) : (
          <span className="whitespace-nowrap text-ink3">{t("tracks.notSaid")}</span>
        ),
      sortBy: ({ released_at }) => (released_at ? Date.parse(released_at) : null),
    },
    {
      key: "audio",
      title: t("tracks.audio.title"),
      cell: ({ audio }) =>
        audio ? (
          <span className="text-ink2">{format.bytes(audio.size)}</span>
        ) : (
          <span className="text-warn">{t("tracks.audio.none")}</span>
        ),
    },
    {
      key: "duration",
      title: t("tracks.form.duration"),
      numeric: true,
      cell: ({ duration_ms }) => format.clock(duration_ms),
      sortBy: ({ duration_ms }) => duration_ms,
    },
  ];
  return sortable ? columns : columns.map((column) => Object.assign({}, column, { sortBy: undefined }));
}
