/** Accounts that journeys make for themselves, through the API as anyone would. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { BrowserContext } from "playwright-core";
import { inject } from "vitest";
import type { components } from "@/api/schema";
import { wavOf } from "./sound";

type Role = "user" | "creator";

export interface Login {
  email: string;
  password: string;
}

export interface TestAccount extends Login {
  name: string;
  /** Of the account's role, for requests that a journey sends itself; good for 15 minutes. */
  accessToken: string;
}

/** Sends a request to the API, and fails with its answer where it refuses. */
export async function call<Body>(
  method: string,
  path: string,
  { token, body, headers }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Body> {
  const response = await fetch(new URL(path, inject("api")), {
    method,
    headers: {
      ...headers,
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "Content-Type": "application/json" }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as Body;
}

type Reply<Data> = { data: Data };
type Session = components["schemas"]["Session"];
type Track = components["schemas"]["Track"];
type AudioUpload = components["schemas"]["AudioUpload"];
type NewCreator = components["schemas"]["NewCreator"];

/** A new account of this role; its zone is UTC. */
export async function makeAccount(role: Role, name = "Ada Marchetti"): Promise<TestAccount> {
  const email = `${randomUUID()}@journeys.veza.local`;
  const password = randomUUID();
  await call("POST", "/api/v1/auth/register", { body: { email, password, name } });
  const session = await call<Reply<Session>>("POST", "/api/v1/auth/login", { body: { email, password } });
  let accessToken = session.data.access_token;
  if (role === "creator") {
    const creator = await call<Reply<NewCreator>>("POST", "/api/v1/me/creator", {
      token: accessToken,
      body: { name },
    });
    accessToken = creator.data.access_token;
  }
  return { email, password, name, accessToken };
}

/** A new administrator, made by the program, as operators do it. */
export async function makeAdmin(): Promise<TestAccount> {
  const email = `${randomUUID()}@journeys.veza.local`;
  const password = randomUUID();
  const made = promisify(execFile)(join(dirname(inject("program")), "veza-api"), ["create-admin", email], {
    env: { ...process.env, VEZA_POSTGRES_URL: inject("postgres"), VEZA_TOKEN_SECRET: randomUUID() },
  });
  made.child.stdin?.end(`${password}\n`);
  await made;
  const session = await call<Reply<Session>>("POST", "/api/v1/auth/login", { body: { email, password } });
  return { email, password, name: "Administrator", accessToken: session.data.access_token };
}

/** Adds a track without audio to a creator's, and gives its id. */
export async function addTrack(
  { accessToken }: TestAccount,
  title = "Salt Roads",
  duration_ms = 222_000,
): Promise<string> {
  const body = { title, artist: "Odile Marchetti", duration_ms };
  const { data } = await call<Reply<Track>>("POST", "/api/v1/tracks", { token: accessToken, body });
  return data.id;
}

/** Gives a track a tone of so many seconds. */
export async function addAudio(
  { accessToken: token }: TestAccount,
  id: string,
  seconds: number,
): Promise<void> {
  const file = new Uint8Array(wavOf(seconds));
  const path = `/api/v1/tracks/${id}/audio`;
  const body = { type: "audio/wav", size: file.length };
  const { data } = await call<Reply<AudioUpload>>("POST", path, { token, body });
  const { url, headers } = data.put;
  const response = await fetch(url, { method: "PUT", headers, body: file });
  if (!response.ok) throw new Error(`PUT ${url}: ${response.status} ${await response.text()}`);
  await call("POST", `${path}/complete`, { token, body: { upload: data.upload } });
}

/** Signs the account in within this browser profile, without the form. */
export async function signIn(context: BrowserContext, { email, password }: Login): Promise<void> {
  const response = await context.request.post("/api/v1/auth/login", {
    data: { email, password, session: "cookie" },
  });
  if (!response.ok()) throw new Error(`log in: ${response.status()} ${await response.text()}`);
  // What the app itself keeps beside the cookie, so that it asks for the session again.
  await context.addInitScript(() => localStorage.setItem("veza.signedIn", "yes"));
}
