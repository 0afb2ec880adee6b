import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import type { DisputeSummary } from "@/api/market/disputes";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { Card, type CardState } from "@/parts/Card";
import { DataTable, type Column } from "@/parts/DataTable";
import { Segmented } from "@/parts/Segmented";
import { DisputeBadge } from "@/parts/shop/dispute/StatusBadge";
import { useRange } from "../range";
import { statuses, useAllDisputes, type Status } from "./disputes";

/** What the list shows at first: what is not over. */
const groups = ["unresolved", "over", "all"] as const;
type Group = (typeof groups)[number];

const statusesOf: Record<Group, readonly Status[]> = {
  unresolved: ["open", "seller_responded", "under_review"],
  over: ["resolved", "withdrawn"],
  all: statuses,
};

/** All disputes, the newest first; those that are not over unless others are asked for. */
export function Component() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const group = groups.find((known) => known === search.get("show")) ?? "unresolved";
  const query = useAllDisputes(statusesOf[group]);
  const disputes = query.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <Card
      title={t("admin.disputes.title")}
      sentence={t(`admin.disputes.sentences.${group}`)}
      state={stateOf()}
      tools={filter()}
    >
      <Disputes disputes={disputes} />
      {query.hasNextPage && (
        <div className="mt-3">
          <Button pending={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("admin.disputes.more")}
          </Button>
        </div>
      )}
    </Card>
  );

  function filter() {
    return (
      <Segmented
        small
        label={t("admin.disputes.show")}
        options={groups.map((value) => ({
          value,
          label: t(`admin.disputes.groups.${value}`),
        }))}
        value={group}
        onChange={(chosen) =>
          setSearch(
            (was) => {
              const next = new URLSearchParams(was);
              if (chosen === "unresolved") next.delete("show");
              else next.set("show", chosen);
              return next;
            },
            { preventScrollReset: true },
          )
        }
      />
    );
  }

  function stateOf(): CardState {
    if (query.data === undefined) {
      if (query.error === null) return { kind: "loading" };
      const retry = () => void query.refetch();
      return {
        kind: "error",
        sentence: t("admin.disputes.failed"),
        error: query.error,
        retry,
      };
    }
    if (disputes.length === 0) {
      return {
        kind: "empty",
        sentence: t("admin.disputes.none"),
        why: t(`admin.disputes.noneWhy.${group}`),
        action: filter(),
      };
    }
    return { kind: "ready" };
  }
}

function Disputes({ disputes }: { disputes: readonly DisputeSummary[] }) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const columns: Column<DisputeSummary>[] = [
    {
      key: "title",
      title: t("admin.disputes.columns.order"),
      heading: true,
      cell: ({ id, titles }) => (
        <Link to={`/admin/disputes/${id}`} className="text-ink hover:underline">
          <span translate="no">{titles.join(", ")}</span>
        </Link>
      ),
      sortBy: ({ titles }) => titles.join(", "),
    },
    {
      key: "status",
      title: t("admin.disputes.columns.status"),
      cell: ({ status }) => <DisputeBadge status={status} />,
      sortBy: ({ status }) => statuses.indexOf(status),
    },
    {
      key: "reason",
      title: t("admin.disputes.columns.reason"),
      wide: true,
      cell: ({ reason }) => t(`disputes.reason.${reason}`),
      sortBy: ({ reason }) => reason,
    },
    {
      key: "buyer",
      title: t("admin.disputes.columns.buyer"),
      wide: true,
      cell: ({ buyer_name }) => <span translate="no">{buyer_name}</span>,
      sortBy: ({ buyer_name }) => buyer_name,
    },
    {
      key: "seller",
      title: t("admin.disputes.columns.seller"),
      wide: true,
      cell: ({ seller_name }) => <span translate="no">{seller_name}</span>,
      sortBy: ({ seller_name }) => seller_name,
    },
    {
      key: "total",
      title: t("admin.disputes.columns.total"),
      numeric: true,
      wide: true,
      cell: ({ total_minor, currency }) => format.money(total_minor, currency),
      sortBy: ({ total_minor }) => total_minor,
    },
    {
      key: "opened",
      title: t("admin.disputes.columns.opened"),
      numeric: true,
      cell: ({ created_at }) => format.date(created_at),
      sortBy: ({ created_at }) => created_at,
    },
  ];
  return (
    <DataTable
      caption={t("admin.disputes.title")}
      columns={columns}
      rows={disputes}
      rowKey={({ id }) => id}
    />
  );
}
