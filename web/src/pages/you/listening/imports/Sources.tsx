import { useTranslation } from "react-i18next";

/** Where each service gives its listeners their history. */
const sources = [
  { key: "spotify", name: "Spotify", url: "https://www.spotify.com/account/privacy/" },
  { key: "listenbrainz", name: "ListenBrainz", url: "https://listenbrainz.org/settings/export/" },
  { key: "lastfm", name: "Last.fm", url: "https://lastfm.ghan.nl/export/" },
] as const;

/** What each service calls its export, and where one asks for it. */
export function Sources() {
  const { t } = useTranslation();
  return (
    <details className="rounded-8 border px-3 py-2">
      <summary className="cursor-pointer font-medium">{t("listening.imports.where")}</summary>
      <dl className="mt-2 flex max-w-prose flex-col gap-3">
        {sources.map(({ key, name, url }) => (
          <div key={key}>
            <dt translate="no" className="font-medium">
              {name}
            </dt>
            <dd className="text-ink2">
              {t(`listening.imports.sources.${key}`)}{" "}
              <a href={url} target="_blank" rel="noreferrer" className="text-accent underline">
                {t("listening.imports.ask", { service: name })}
              </a>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
