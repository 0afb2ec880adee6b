/** Answers of the API as tests see them, typed as the API's own document has them. */
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export const account: Schemas["Account"] = {
  id: "01a20947-0000-7000-8000-000000000001",
  email: "odile@example.org",
  name: "Odile Marchetti",
  role: "creator",
  zone: "Europe/Paris",
  language: "en",
  created_at: "2026-03-01T09:00:00Z",
  creator_id: 7,
  creator_name: "Odile M.",
};

export const listener: Schemas["Account"] = {
  ...account,
  name: "Teo Brandão",
  email: "teo@example.org",
  role: "user",
  creator_id: null,
  creator_name: null,
};

export const track: Schemas["Track"] = {
  id: "01a20947-0000-7000-8000-00000000a94f",
  creator_id: 7,
  creator_name: "Odile M.",
  title: "Salt Roads",
  artist: "Odile Marchetti",
  duration_ms: 222_400,
  duration_estimated: false,
  released_at: "2026-11-05T23:00:00Z",
  audio: {
    url: "http://objects.test/audio/salt-roads?signature=1",
    expires_at: "2026-11-23T15:00:00Z",
    type: "audio/mpeg",
    size: 5_400_000,
  },
  created_at: "2026-11-01T09:00:00Z",
  updated_at: "2026-11-01T09:00:00Z",
};

export const installation: Schemas["Config"] = {
  ingest_url: "http://ingest.test/",
  reporting_tz: "UTC",
  version: "0.1.0",
};

/** A refusal; `code` and `status` belong together, see the API's document. */
export function problem(status: number, code: Schemas["Code"], field?: string): Schemas["Problem"] {
  return { type: "about:blank", title: "Refused", status, code, detail: `refused as ${code}`, field };
}
