/** Zones under their IANA names. Browsers still list some under what their city was called when CLDR began. */

const renamed: Record<string, string> = {
  "Africa/Asmera": "Africa/Asmara",
  "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
  "America/Coral_Harbour": "America/Atikokan",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
  "Pacific/Enderbury": "Pacific/Kanton",
  "Pacific/Ponape": "Pacific/Pohnpei",
  "Pacific/Truk": "Pacific/Chuuk",
};

function current(zone: string): string {
  return renamed[zone] ?? zone;
}

/** The zone of this device. */
export const browserZone = current(Intl.DateTimeFormat().resolvedOptions().timeZone);

/** Every zone that this browser can compute with. */
export function supportedZones(): string[] {
  return Intl.supportedValuesOf("timeZone").map(current);
}

/** The calendar day (`2026-11-23`) that a moment belongs to in a zone. */
export function dayIn(at: string | Date, zone: string): string {
  // Swedish writes dates as ISO does.
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(new Date(at));
}

/** What a zone is ahead of UTC at a moment, in ms. */
function offsetAt(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "medium",
  }).format(at);
  return Date.parse(`${parts.replace(" ", "T")}Z`) - Math.floor(at / 1_000) * 1_000;
}

/** When a calendar day begins in a zone: the first moment whose date it is. */
export function startOfDay(day: string, zone: string): Date {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // The offset in force is that of the result, which isn't known yet; two steps find it, or the gap that swallows midnight.
  const guess = midnight - offsetAt(midnight, zone);
  const start = midnight - offsetAt(guess, zone);
  return new Date(dayIn(new Date(start), zone) === day ? start : guess);
}

/** A moment as a field of type `datetime-local` writes it in a zone: `2026-11-23T18:00`. */
export function localIn(at: string | Date, zone: string): string {
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  return parts.format(new Date(at)).replace(" ", "T");
}

/** The moment that `localIn` writes so; of a time that the clocks pass twice, the first, of one that they leap over, the one after. */
export function momentOf(local: string, zone: string): Date {
  const asUtc = Date.parse(`${local.slice(0, 16)}:00Z`);
  const day = 86_400_000;
  const offsets = [offsetAt(asUtc - day, zone), offsetAt(asUtc + day, zone)];
  const candidates = offsets.map((offset) => asUtc - offset).toSorted((a, b) => a - b);
  const exact = candidates.find((at) => localIn(new Date(at), zone) === local.slice(0, 16));
  return new Date(exact ?? Math.max(...candidates));
}
