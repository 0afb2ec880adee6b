/** Sends a file to a signed address. XMLHttpRequest, because fetch can't say how much of a body has left. */

export interface SignedPut {
  method: string;
  url: string;
  headers: Record<string, string>;
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

/** Resolves when the store has the whole file; `onProgress` gets the fraction sent. */
export function upload(
  file: Blob,
  { method, url, headers }: SignedPut,
  { onProgress, signal }: { onProgress: (fraction: number) => void; signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      if (!ownHeaders.has(name.toLowerCase())) request.setRequestHeader(name, value);
    }
    request.upload.addEventListener("progress", ({ loaded, total }) =>
      onProgress(total > 0 ? loaded / total : 0),
    );
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(new UploadFailed(`the store answered ${request.status}`));
    });
    request.addEventListener("error", () => reject(new UploadFailed("the connection broke")));
    request.addEventListener("abort", () => reject(signal.reason));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}
