/** Who may open which page; the API checks again. */
import { redirect, type LoaderFunctionArgs } from "react-router";
import { adoptLanguage } from "@/api/account";
import { restoreSession } from "@/api/refresh";
import { getSession, type Role } from "@/api/session";

let restored: Promise<null> | undefined;

async function restoreOnce(): Promise<null> {
  if ((await restoreSession()) !== null) await adoptLanguage();
  return null;
}

/** Before the first page: the session that this browser still has, and its account's language. */
export function restore(): Promise<null> {
  restored ??= restoreOnce();
  return restored;
}

/** A loader that lets these roles pass (all, if none is named), sends visitors to log in, and answers 403 to the rest. */
export function only(...roles: readonly Role[]) {
  return async ({ request }: LoaderFunctionArgs): Promise<Response | null> => {
    // Loaders of one address run side by side.
    await restore();
    const session = getSession();
    if (session === null) {
      const { pathname, search } = new URL(request.url);
      return redirect(`/login?${new URLSearchParams({ next: pathname + search })}`);
    }
    if (roles.length > 0 && !roles.includes(session.role)) throw new Response(null, { status: 403 });
    return null;
  };
}
