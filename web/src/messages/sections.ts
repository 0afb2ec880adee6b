/** Messages that only one part of the app needs: a folder each, whose texts stand under its name (`analytics.…`). */
import type { RouteObject } from "react-router";
import type analytics from "./analytics/en.json";
import type listening from "./listening/en.json";
import type tracks from "./tracks/en.json";
import type you from "./you/en.json";
import { loadSection } from ".";

export interface SectionMessages {
  analytics: typeof analytics;
  listening: typeof listening;
  tracks: typeof tracks;
  you: typeof you;
}

export const sections = [
  "analytics",
  "listening",
  "tracks",
  "you",
] as const satisfies (keyof SectionMessages)[];
export type Section = keyof SectionMessages;

type Lazy = Extract<NonNullable<RouteObject["lazy"]>, () => unknown>;

/** A route's chunk that waits for the messages of its section: pages below it have them, too. */
export function withMessages(section: Section, load: Lazy): Lazy {
  return async () => {
    const [module] = await Promise.all([load(), loadSection(section)]);
    return module;
  };
}
