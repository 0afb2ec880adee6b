/** The running installation that journeys walk through. */
import { readFile } from "node:fs/promises";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Address of the API, which serves the web app too. */
    api: string;
    /** Where plays are reported. */
    ingest: string;
  }
}

/** What `veza status --json` says, as far as it is needed here. */
interface Status {
  services: { name: string; url: string | null }[];
}

export default async function setup(project: TestProject): Promise<void> {
  const file = process.env.VEZA_STATUS_FILE;
  if (file === undefined)
    throw new Error("VEZA_STATUS_FILE must name the status.json of a running installation");
  const { services } = JSON.parse(await readFile(file, "utf8")) as Status;
  project.provide("api", addressOf(services, "api"));
  project.provide("ingest", addressOf(services, "ingest"));
}

function addressOf(services: Status["services"], name: string): string {
  const url = services.find((service) => service.name === name)?.url;
  if (!url) throw new Error(`the installation has no ${name}`);
  return url;
}
