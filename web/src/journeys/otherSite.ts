/** A page of somebody else's site with the player on it, and the way from there to the collector, watched. */
import { once } from "node:events";
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inject } from "vitest";
import { wavOf } from "./sound";

export interface OtherSite {
  /** Its page. */
  url: string;
  /** Every request that reached the collector, as "POST text/plain;charset=UTF-8". */
  collected: string[];
  close: () => Promise<void>;
}

/** Starts the site; its one page plays a tone of so many seconds as this track. */
export async function startOtherSite(trackId: string, seconds: number): Promise<OtherSite> {
  const collected: string[] = [];
  const collector = await listening((incoming, answer) => {
    collected.push(`${incoming.method} ${incoming.headers["content-type"] ?? ""}`.trim());
    forward(incoming, answer);
  });
  const page = `<!doctype html><title>Another site</title>
    <script src="${new URL("/player.js", inject("api"))}" data-ingest="${addressOf(collector)}"></script>
    <audio controls src="/tone.wav" data-veza-track="${trackId}" data-veza-context="embed"></audio>`;
  const site = await listening(({ url }, answer) => {
    if (url === "/tone.wav") answer.writeHead(200, { "Content-Type": "audio/wav" }).end(wavOf(seconds));
    else answer.writeHead(200, { "Content-Type": "text/html" }).end(page);
  });
  return {
    url: addressOf(site),
    collected,
    close: async () => {
      await Promise.all([site, collector].map((server) => once(server.close(), "close")));
    },
  };
}

async function listening(
  serve: (incoming: IncomingMessage, answer: ServerResponse) => void,
): Promise<Server> {
  const server = createServer(serve).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** To the real collector and back, unchanged: what it says about other origins is its own. */
function forward(incoming: IncomingMessage, answer: ServerResponse): void {
  const { method, headers, url = "/" } = incoming;
  const onward = request(new URL(url, inject("ingest")), { method, headers }, (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(answer);
  });
  onward.on("error", () => answer.writeHead(502).end());
  incoming.pipe(onward);
}
