/** The typed client of `/api/v1`. Its types are generated from the API's own document, never written by hand. */
import createClient from "openapi-fetch";
import { problemOf } from "./problem";
import { refreshSession } from "./refresh";
import type { paths } from "./schema";
import { getSession } from "./session";

/** Sends the request as whoever is signed in; an access token that has run out is renewed once, unnoticed. */
async function sendAsSession(request: Request): Promise<Response> {
  const session = getSession();
  if (session === null) return fetch(request);

  // A body can be read once only, so the first attempt takes a copy.
  const response = await fetch(withToken(request.clone(), session.accessToken));
  if (response.status !== 401) return response;
  const renewed = await refreshSession();
  return renewed === null ? response : fetch(withToken(request, renewed.accessToken));
}

function withToken(request: Request, accessToken: string): Request {
  request.headers.set("Authorization", `Bearer ${accessToken}`);
  return request;
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: sendAsSession });

/** What openapi-fetch resolves to, whether the API agreed or not. */
interface Outcome<Body> {
  data?: Body;
  error?: unknown;
  response: Response;
}

/** The answer's body; rejects with an `ApiProblem` where the API refused, and with a `TypeError` where nothing answered. */
export async function answerOf<Body>(call: Promise<Outcome<Body>>): Promise<Body> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(response, error);
  return data as Body;
}
