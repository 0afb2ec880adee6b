/** Where to go after signing in: back to the page that asked for it, never to another site. */
export function nextPath(query: URLSearchParams): string {
  const next = query.get("next") ?? "/";
  const target = new URL(next, location.origin);
  return next.startsWith("/") && target.origin === location.origin ? target.pathname + target.search : "/";
}
