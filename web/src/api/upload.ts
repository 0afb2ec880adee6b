/** Sends files. XMLHttpRequest, because fetch can't say how much of a body has left. */
import { problemOf } from "./problem";
import { getSession } from "./session";

export interface SignedPut {
  method: string;
  url: string;
  headers: Record<string, string>;
}

interface Progress {
  /** Gets the fraction sent. */
  onProgress: (fraction: number) => void;
  signal: AbortSignal;
}

/** The store refused the file, or the connection broke; trying again with a fresh address can help. */
export class UploadFailed extends Error {
  override readonly name = "UploadFailed";
}

/** Whoever sent the file has changed their mind. */
export class UploadCanceled extends Error {
  override readonly name = "UploadCanceled";
}

/** A browser sets these itself, and refuses to be told. */
const ownHeaders = new Set(["content-length", "host"]);

/** Sends a file to a signed address; resolves when the store has the whole of it. */
export async function upload(file: Blob, to: SignedPut, progress: Progress): Promise<void> {
  const { ok, status } = await send(file, to, progress);
  if (!ok) throw new UploadFailed(`the store answered ${status}`);
}

/** Posts a file to the API itself, as whoever is signed in, and gives its answer. */
export async function uploadToApi(file: Blob, url: string, progress: Progress): Promise<unknown> {
  const headers = {
    Authorization: `Bearer ${getSession()?.accessToken ?? ""}`,
    "Content-Type": "application/octet-stream",
  };
  const response = await send(file, { method: "POST", url, headers }, progress);
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw problemOf(response, body);
  return body;
}

function send(
  file: Blob,
  { method, url, headers }: SignedPut,
  { onProgress, signal }: Progress,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      if (!ownHeaders.has(name.toLowerCase())) request.setRequestHeader(name, value);
    }
    request.upload.addEventListener("progress", ({ loaded, total }) =>
      onProgress(total > 0 ? loaded / total : 0),
    );
    request.addEventListener("load", () => resolve(responseOf(request)));
    request.addEventListener("error", () => reject(new UploadFailed("the connection broke")));
    request.addEventListener("abort", () => reject(signal.reason));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

/** The answer as fetch would give it, as far as it is looked at. */
function responseOf(request: XMLHttpRequest): Response {
  const { status, statusText, responseText } = request;
  const retryAfter = request.getResponseHeader("Retry-After");
  const headers = retryAfter === null ? undefined : { "Retry-After": retryAfter };
  // An answer without a body may have none, not an empty one.
  return new Response(responseText || null, { status, statusText, headers });
}
