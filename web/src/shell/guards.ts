/** Who may open which page; the API checks again. */
import { redirect, type LoaderFunctionArgs } from "react-router";
import { adoptLanguage } from "@/api/account";
import { restoreSession } from "@/api/refresh";
import { getSession, type Role } from "@/api/session";

/** Before the first page: the session that this browser still has, and its account's language. */
export async function restore(): Promise<null> {
  if ((await restoreSession()) !== null) await adoptLanguage();
  return null;
}

/** A loader that lets these roles pass, sends visitors to log in (and back), and answers 403 to the rest. */
export function only(...roles: readonly Role[]) {
  return ({ request }: LoaderFunctionArgs): Response | null => {
    const session = getSession();
    if (session === null) {
      const { pathname, search } = new URL(request.url);
      return redirect(`/login?${new URLSearchParams({ next: pathname + search })}`);
    }
    if (roles.length > 0 && !roles.includes(session.role)) throw new Response(null, { status: 403 });
    return null;
  };
}
