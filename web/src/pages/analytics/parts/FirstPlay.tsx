import { useTranslation } from "react-i18next";
import { useInstallation } from "@/api/installation";
import { useOwnTracks } from "@/api/tracks";
import { ButtonLink } from "@/parts/Button";
import { Snippet } from "@/parts/Snippet";
import { embedSnippet } from "@/pages/tracks/embedSnippet";

/** How the first play gets here: the player's snippet with one's own track, or the way to a first track. */
export function FirstPlay() {
  const { t } = useTranslation();
  const { data: installation } = useInstallation();
  const { data: tracks } = useOwnTracks();
  const track = tracks?.pages[0]?.data[0];
  return (
    <div className="flex w-full max-w-2xl flex-col items-start gap-4">
      {installation !== undefined && (
        <Snippet code={embedSnippet(track?.id ?? t("analytics.states.yourTrack"), installation.ingest_url)} />
      )}
      <div className="flex flex-wrap gap-2">
        <ButtonLink to="/listen" look="primary">
          {t("analytics.states.playHere")}
        </ButtonLink>
        <ButtonLink to="/tracks">{t("analytics.states.toTracks")}</ButtonLink>
      </div>
    </div>
  );
}
