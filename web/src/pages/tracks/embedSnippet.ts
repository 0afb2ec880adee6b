/** What a creator puts on a page of their own, so that plays there are reported. */
export function embedSnippet(trackId: string, ingestUrl: string): string {
  return `<script
  src="${location.origin}/player.js"
  data-ingest="${ingestUrl.replace(/\/$/, "")}"
></script>

<audio
  controls
  src="…"
  data-veza-track="${trackId}"
></audio>`;
}
