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
