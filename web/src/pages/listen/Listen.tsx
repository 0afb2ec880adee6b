import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
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

function Shelf({ title, sentence, children }: { title: string; sentence: string; children: ReactNode }) {
  const titleId = useId();
  return (
    <section aria-labelledby={titleId}>
      <header className="mb-4 flex flex-wrap items-baseline gap-x-3">
        <h2 id={titleId} className="text-16 font-semibold">
          {title}
        </h2>
        <p className="text-ink2">{sentence}</p>
      </header>
      {children}
    </section>
  );
}
