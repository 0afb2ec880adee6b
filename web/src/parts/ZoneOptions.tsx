import { useDeferredValue, useMemo } from "react";
import { supportedZones } from "@/format/zones";

interface Place {
  zone: string;
  area: string;
  /** The city first: "Buenos Aires, Argentina". */
  name: string;
}

function placeOf(zone: string): Place {
  const [area = zone, ...rest] = zone.replaceAll("_", " ").split("/");
  return { zone, area, name: rest.toReversed().join(", ") };
}

function placesByArea(zones: ReadonlySet<string>): [string, Place[]][] {
  const places = [...zones]
    .filter((zone) => zone.includes("/"))
    .map(placeOf)
    .toSorted((a, b) => a.name.localeCompare(b.name));
  const areas = [...new Set(places.map(({ area }) => area))].toSorted((a, b) => a.localeCompare(b));
  return areas.map((area) => [area, places.filter((place) => place.area === area)]);
}

/** The options of a `<select>` of IANA zones: by continent, each under its city's name, so that typing "Kol" finds Kolkata. */
export function ZoneOptions({ chosen }: { chosen: string }) {
  // Four hundred of them: a page stands, and shows its data, before all are there to choose from.
  const isComplete = useDeferredValue(true, false);
  const areas = useMemo(
    // An account can hold a zone that this browser doesn't know.
    () => placesByArea(new Set(isComplete ? [...supportedZones(), chosen] : [chosen])),
    [chosen, isComplete],
  );
  return (
    <>
      <option value="UTC" translate="no">
        {"UTC"}
      </option>
      {areas.map(([area, places]) => (
        <optgroup key={area} label={area} translate="no">
          {places.map(({ zone, name }) => (
            <option key={zone} value={zone} translate="no">
              {name}
            </option>
          ))}
        </optgroup>
      ))}
    </>
  );
}
