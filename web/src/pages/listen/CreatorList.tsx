import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useProblemWords } from "@/api/problemWords";
import { Avatar } from "@/parts/Avatar";
import { Button } from "@/parts/Button";
import { Notice } from "@/parts/Notice";
import { SkeletonLine } from "@/parts/Skeleton";
import { useCreators, type Creator } from "./catalog";
import { FollowButton } from "./FollowButton";

const listClass = "grid gap-3 sm:grid-cols-2 xl:grid-cols-3";
const rowClass = "flex min-w-0 items-center gap-3 rounded-8 border bg-surface p-3";

/** Creators to follow. */
export function CreatorList() {
  const { t } = useTranslation();
  const words = useProblemWords();
  const { data: creators, error, refetch } = useCreators();
  if (creators === undefined && error !== null) {
    return (
      <Notice
        kind="danger"
        title={words(error).text}
        actions={<Button onClick={() => void refetch()}>{t("common.tryAgain")}</Button>}
      />
    );
  }
  if (creators === undefined) {
    return (
      <div role="status" aria-label={t("states.loading")} className={listClass}>
        {Array.from({ length: 6 }, (_, index) => (
          <div key={index} aria-hidden className={`${rowClass} h-15`}>
            <span className="size-8 rounded-full bg-skeleton1" />
            <SkeletonLine width="50%" />
          </div>
        ))}
      </div>
    );
  }
  if (creators.length === 0) return <p className="text-ink2">{t("listen.noCreators")}</p>;
  return (
    <ul className={listClass}>
      {creators.map((creator) => (
        <li key={creator.id} className={rowClass}>
          <Avatar name={creator.name} />
          <div className="min-w-0 grow">
            <Link
              to={`/listen/creators/${creator.id}`}
              translate="no"
              className="block truncate font-semibold text-ink hover:underline"
            >
              {creator.name}
            </Link>
            <CreatorFacts creator={creator} />
          </div>
          <FollowButton creator={creator} />
        </li>
      ))}
    </ul>
  );
}

/** How many tracks and followers. */
export function CreatorFacts({ creator }: { creator: Creator }) {
  const { t } = useTranslation();
  return (
    <p className="truncate text-12 text-ink3">
      {[
        t("listen.tracks", { count: creator.tracks }),
        t("listen.followers", { count: creator.followers }),
      ].join(" · ")}
    </p>
  );
}
