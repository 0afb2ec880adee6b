import type { Listing } from "../parts/BreakdownList";
import type { Demographics } from "../report/queries";

export function devicesOf({ devices, rest, unknown, total }: Demographics): Listing {
  return { entries: devices, rest, unknown, total: total.plays ?? 0 };
}

export function systemsOf({ systems, systems_rest, systems_unknown, total }: Demographics): Listing {
  return { entries: systems, rest: systems_rest, unknown: systems_unknown, total: total.plays ?? 0 };
}

export function browsersOf({ browsers, browsers_rest, browsers_unknown, total }: Demographics): Listing {
  return { entries: browsers, rest: browsers_rest, unknown: browsers_unknown, total: total.plays ?? 0 };
}
