import { useTranslation } from "react-i18next";
import { Shelf } from "@/parts/Shelf";
import { Page } from "@/shell/Page";
import { CreatorList } from "./CreatorList";
import { TrackGrid } from "./TrackGrid";

/** The first page of a newcomer: what there is to hear, and whom to follow. */
export function Component() {
  const { t } = useTranslation();
  return (
    <Page title={t("listen.title")}>
      <div className="flex flex-col gap-7">
        <Shelf title={t("listen.newest")} sentence={t("listen.newestSentence")}>
          <TrackGrid context="recommendation" empty={t("listen.noTracks")} />
        </Shelf>
        <Shelf title={t("listen.creators")} sentence={t("listen.creatorsSentence")}>
          <CreatorList />
        </Shelf>
      </div>
    </Page>
  );
}
