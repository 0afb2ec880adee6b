/**
 * The player as one script, for pages without a build:
 *
 *     <script src="https://veza.example.org/player.js" data-ingest="https://ingest.example.org"></script>
 *     <audio controls src="song.mp3" data-veza-track="0199…" data-veza-context="playlist"></audio>
 *
 * Every element with `data-veza-track` is reported, whenever it is added to the page.
 */
import type { Attachment } from "./attachment";
import type { Context } from "./report";
import { PlayReporter } from "./reporter";

export { PlayReporter };

const ingest = (document.currentScript as HTMLScriptElement | null)?.dataset.ingest;
if (ingest) reportMarkedElements(new PlayReporter({ ingest }));

function reportMarkedElements(reporter: PlayReporter): void {
  const attachments = new WeakMap<HTMLMediaElement, Attachment>();
  // Media events don't bubble, but they can be caught on the way down.
  const onPlay = ({ target }: Event): void => {
    if (!(target instanceof HTMLMediaElement) || !target.dataset.vezaTrack) return;
    const { vezaTrack: trackId, vezaContext } = target.dataset;
    if (attachments.get(target)?.track.trackId === trackId) return;
    const track = vezaContext ? { trackId, context: vezaContext as Context } : { trackId };
    attachments.set(target, reporter.attach(target, track));
  };
  document.addEventListener("play", onPlay, { capture: true });
}
