import type { TrafficSources } from "../report/queries";
import { useValueName } from "../report/words";

/** A source's channel beside it, where it says more than the name. */
export function useChannelHint(): (source: TrafficSources["sources"][number]) => string | undefined {
  const nameOf = useValueName();
  return ({ key, channel }) => {
    const name = nameOf("channel", channel);
    return name === nameOf("source", key) ? undefined : name;
  };
}
