/** Messages that only one part of the app needs: a folder each, whose texts stand under its name (`analytics.…`). */
import type { RouteObject } from "react-router";
import type admin from "./admin/en.json";
import type analytics from "./analytics/en.json";
import type disputes from "./disputes/en.json";
import type listening from "./listening/en.json";
import type market from "./market/en.json";
import type sell from "./sell/en.json";
import type tracks from "./tracks/en.json";
import type you from "./you/en.json";
import { loadSection } from ".";

export interface SectionMessages {
  admin: typeof admin;
  analytics: typeof analytics;
  disputes: typeof disputes;
  listening: typeof listening;
  market: typeof market;
  sell: typeof sell;
  tracks: typeof tracks;
  you: typeof you;
}

export const sections = [
  "admin",
  "analytics",
  "disputes",
  "listening",
  "market",
  "sell",
  "tracks",
  "you",
] as const satisfies (keyof SectionMessages)[];
export type Section = keyof SectionMessages;

type Lazy = Extract<NonNullable<RouteObject["lazy"]>, () => unknown>;

/** A route's chunk that waits for the messages of its sections: pages below it have them, too. */
export function withMessages(needed: Section | readonly Section[], load: Lazy): Lazy {
  return async () => {
    const [module] = await Promise.all([load(), ...[needed].flat().map(loadSection)]);
    return module;
  };
}
