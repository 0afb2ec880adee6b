import type { Role } from "@/api/session";

/** An access token as the API issues it, but for its signature, which a browser never looks at. */
export function accessTokenOf(role: Role, subject = "01a20947-0000-7000-8000-000000000001"): string {
  const claims = { sub: subject, role, scopes: [], iss: "veza", aud: "veza" };
  return `header.${btoa(JSON.stringify(claims))}.signature`;
}
