import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useProblemWords } from "@/api/problemWords";
import { Avatar } from "@/parts/Avatar";
import { Button } from "@/parts/Button";
import { Notice } from "@/parts/Notice";
import { SkeletonLine } from "@/parts/Skeleton";
import { Page } from "@/shell/Page";
import { useCreator } from "./catalog";
import { CreatorFacts } from "./CreatorList";
import { FollowButton } from "./FollowButton";
import { TrackGrid } from "./TrackGrid";

/** A creator as listeners see it. */
export function Component() {
  const { t } = useTranslation();
  const words = useProblemWords();
  const id = Number(useParams().id);
  const { data: creator, error, refetch } = useCreator(id);

  if (creator === undefined && error !== null) {
    return (
      <Page title={t("listen.title")}>
        <Notice
          kind="danger"
          title={words(error).text}
          actions={<Button onClick={() => void refetch()}>{t("common.tryAgain")}</Button>}
        />
      </Page>
    );
  }
  return (
    <Page title={creator?.name ?? t("listen.title")}>
      <header className="mb-6 flex flex-wrap items-center gap-3">
        {creator === undefined ? (
          <div className="h-8 w-60">
            <SkeletonLine />
          </div>
        ) : (
          <>
            <Avatar name={creator.name} />
            <div className="min-w-0 grow">
              <CreatorFacts creator={creator} />
            </div>
            <FollowButton creator={creator} />
          </>
        )}
      </header>
      <TrackGrid creator={id} context="profile" empty={t("listen.noTracksHere")} />
    </Page>
  );
}
