/**
 * The running installation that journeys walk through: the one that `VEZA_STATUS_FILE` describes (`.veza/status.json` of
 * `make run`), or one of their own, with nobody in it, in a temporary folder and on free ports.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Address of the API, which serves the web app too. */
    api: string;
    /** Where plays are reported. */
    ingest: string;
    /** `postgres://…` of the product's database. */
    postgres: string;
    /** `host:port` of the broker. */
    kafka: string;
    /** Where `status.json` is, which says what runs under which process id. */
    statusFile: string;
    /** The program `veza`, which has the others beside it. */
    program: string;
  }
}

/** What `status.json` holds, as far as it is needed here. */
export interface Status {
  services: { name: string; url: string | null; pid: number | null; state: string }[];
}

const repository = resolve(import.meta.dirname, "../../..");
/** Built by `cargo build --bins`. */
const program = process.env.VEZA_PROGRAM ?? join(repository, "target/debug/veza");
const startWithinMs = 220_000;
const stopWithinMs = 30_000;

/** Each has its variable, `VEZA_PORT_…`. */
const ports = [
  "WEB",
  "INGEST",
  "KAFKA",
  "KAFKA_CONTROLLER",
  "CLICKHOUSE",
  "POSTGRES",
  "S3",
  "PROMETHEUS",
  "INGEST_METRICS",
  "AGGREGATOR_METRICS",
  "API_METRICS",
];

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.VEZA_STATUS_FILE ?? "";
  if (given !== "") {
    provide(project, await readStatus(given), given);
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), "veza-journeys-"));
  const stack = await start(folder);
  const stop = async () => {
    await end(stack);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    provide(project, await serving(folder, stack), join(folder, "status.json"));
  } catch (error) {
    const log = await readFile(join(folder, "run.log"), "utf8");
    await stop();
    throw new Error(`${program} did not come up; it said:\n${log.slice(-2_000)}`, { cause: error });
  }
  return stop;
}

function provide(project: TestProject, { services }: Status, statusFile: string): void {
  const address = (name: string) => {
    const url = services.find((service) => service.name === name)?.url;
    if (!url) throw new Error(`the installation has no ${name}`);
    return url;
  };
  project.provide("api", address("api"));
  project.provide("ingest", address("ingest"));
  project.provide("postgres", address("postgres"));
  project.provide("kafka", address("kafka"));
  project.provide("program", program);
  project.provide("statusFile", statusFile);
}

export async function readStatus(file: string): Promise<Status> {
  return JSON.parse(await readFile(file, "utf8")) as Status;
}

/** Waits until everything serves again, what ran under these process ids under others. */
export async function untilWhole(statusFile: string, ended: readonly number[]): Promise<void> {
  const deadline = Date.now() + startWithinMs;
  for (;;) {
    const { services } = await readStatus(statusFile);
    const waiting = services.filter(
      ({ pid, state }) => state !== "ready" || (pid !== null && ended.includes(pid)),
    );
    if (waiting.length === 0) return;
    if (Date.now() > deadline) throw new Error(`still away: ${waiting.map(({ name }) => name).join(", ")}`);
    await pause(250);
  }
}

async function start(folder: string): Promise<ChildProcess> {
  // Postgres runs as a user of its own, who must be able to pass.
  await chmod(folder, 0o755);
  // What is downloaded is the same for all.
  const downloads = join(process.env.VEZA_DIR ?? join(repository, ".veza"), "downloads");
  await mkdir(downloads, { recursive: true });
  await symlink(downloads, join(folder, "downloads"));

  const env: NodeJS.ProcessEnv = {
    ...process.env,
    VEZA_DIR: folder,
    VEZA_API_WEB_DIR: join(repository, "web/dist"),
  };
  const free = await freePorts(ports.length);
  for (const [index, name] of ports.entries()) env[`VEZA_PORT_${name}`] = String(free[index]);

  const log = createWriteStream(join(folder, "run.log"));
  const stack = spawn(program, ["run", "--no-demo"], { env, stdio: ["ignore", "pipe", "pipe"] });
  stack.stdout.pipe(log);
  stack.stderr.pipe(log);
  return stack;
}

/** Ports that nobody listens on now; all are held until the last is found, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const listeners = await Promise.all(
    Array.from({ length: count }, async () => {
      const listener = createServer().listen(0, "127.0.0.1");
      await once(listener, "listening");
      return listener;
    }),
  );
  const found = listeners.map((listener) => (listener.address() as AddressInfo).port);
  await Promise.all(listeners.map((listener) => once(listener.close(), "close")));
  return found;
}

/** Waits until all of it serves. */
async function serving(folder: string, stack: ChildProcess): Promise<Status> {
  const failed = new Promise<never>((_, reject) => {
    stack.once("error", reject);
    stack.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
  });
  const deadline = Date.now() + startWithinMs;
  while (Date.now() < deadline) {
    await Promise.race([pause(250), failed]);
    const status = await readStatus(join(folder, "status.json")).catch(() => null);
    const api = status?.services.find(({ name }) => name === "api");
    const aggregator = status?.services.find(({ name }) => name === "aggregator");
    if (status !== null && api?.state === "ready" && aggregator?.state === "ready") return status;
  }
  throw new Error(`not within ${startWithinMs / 1_000} s`);
}

/** Asks it to end; everything that it started ends with it, even if it must be killed. */
async function end(stack: ChildProcess): Promise<void> {
  if (stack.exitCode !== null || stack.signalCode !== null) return;
  const exited = once(stack, "exit");
  stack.kill("SIGTERM");
  const timer = setTimeout(() => stack.kill("SIGKILL"), stopWithinMs);
  await exited;
  clearTimeout(timer);
}
