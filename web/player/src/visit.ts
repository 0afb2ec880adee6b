const VISIT_KEY = "veza:visit";
/** Longest address that the collector takes, in bytes. */
const LONGEST_URL_BYTES = 2_048;

/** Where a visit came from: of its first page, whatever page the play begins on. */
export interface Visit {
  referrer?: string;
  page_url?: string;
}

/** The running visit: this tab's first page, remembered in `sessionStorage`. */
export function currentVisit(page: { referrer: string; href: string }, storage: Storage | null): Visit {
  try {
    const known = storage?.getItem(VISIT_KEY);
    if (known) return JSON.parse(known) as Visit;
  } catch {
    // Unreadable or forbidden: this page is the first we know of.
  }
  const visit: Visit = {};
  const referrer = reportable(page.referrer, ["http:", "https:", "android-app:"]);
  const page_url = reportable(page.href, ["http:", "https:"]);
  if (referrer) visit.referrer = referrer;
  if (page_url) visit.page_url = page_url;
  try {
    storage?.setItem(VISIT_KEY, JSON.stringify(visit));
  } catch {
    // Full or forbidden: the next page will be taken for the first.
  }
  return visit;
}

/** An address without its fragment (it may hold secrets and is never read), and without its query if it is too long. */
function reportable(address: string, schemes: string[]): string | undefined {
  if (!address || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (!schemes.includes(url.protocol)) return undefined;
  url.hash = "";
  url.username = "";
  url.password = "";
  if (byteLength(url.href) > LONGEST_URL_BYTES) url.search = "";
  return byteLength(url.href) > LONGEST_URL_BYTES ? undefined : url.href;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
