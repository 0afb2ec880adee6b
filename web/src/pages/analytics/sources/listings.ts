import type { Listing } from "../parts/BreakdownList";
import type { TrafficSources } from "../report/queries";

export type SourceEntry = TrafficSources["sources"][number];

export function sourcesOf({ sources, rest, unknown, total }: TrafficSources): Listing<SourceEntry> {
  return { entries: sources, rest, unknown, total: total.plays ?? 0 };
}

export function channelsOf({ channels, channels_rest, channels_unknown, total }: TrafficSources): Listing {
  return { entries: channels, rest: channels_rest, unknown: channels_unknown, total: total.plays ?? 0 };
}

export function contextsOf({ contexts, contexts_rest, contexts_unknown, total }: TrafficSources): Listing {
  return { entries: contexts, rest: contexts_rest, unknown: contexts_unknown, total: total.plays ?? 0 };
}

export function campaignsOf({
  campaigns,
  campaigns_rest,
  campaigns_unknown,
  total,
}: TrafficSources): Listing {
  return { entries: campaigns, rest: campaigns_rest, unknown: campaigns_unknown, total: total.plays ?? 0 };
}
