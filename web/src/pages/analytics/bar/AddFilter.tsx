import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/parts/Button";
import { SelectField } from "@/parts/Field";
import { countriesOf, placesWithin } from "../geography/listings";
import { firstListing, listingOf, type Listing } from "../parts/listings";
import { botChoices, toggled, unknown, type Bots, type FilterName } from "../report/filters";
import {
  everything,
  useDemographics,
  useGeography,
  useTrafficSources,
  useTracksReport,
} from "../report/queries";
import type { Report } from "../report/report";
import { useReport } from "../report/useReport";
import { useValueName } from "../report/words";
import { tracksOf } from "../tracks/TracksCard";
import { Popover, usePopoverClose } from "./Popover";

/** A filter by name: what is asked for, then one of the values that the report has. */
export function AddFilter() {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  return (
    <span onFocus={() => setOpened(true)} onPointerEnter={() => setOpened(true)} className="shrink-0">
      <Popover icon={Plus} label={t("analytics.bar.filter")} look="quiet">
        {opened && <FilterForm />}
      </Popover>
    </span>
  );
}

/** What can be chosen here; regions and cities need their country first. */
const offered = [
  "track",
  "artist",
  "country",
  "region",
  "city",
  "device",
  "os",
  "browser",
  "channel",
  "source",
  "context",
  "campaign",
  "bots",
] as const satisfies readonly (FilterName | "bots")[];
type Offered = (typeof offered)[number];

function FilterForm() {
  const { t } = useTranslation();
  const close = usePopoverClose();
  const { report, change } = useReport();
  const [name, setName] = useState<Offered>("country");
  const hasCountry = report.filters.country?.length === 1;
  const available = offered.filter((filter) => hasCountry || (filter !== "region" && filter !== "city"));
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        const value = String(new FormData(event.currentTarget).get("value") ?? "");
        if (value === "") return;
        close();
        if (name === "bots") change({ bots: value as Bots });
        else change({ filters: { ...toggled({ ...report.filters, [name]: [] }, { name, value }) } });
      }}
    >
      <SelectField
        label={t("analytics.bar.filterBy")}
        value={name}
        onChange={({ target }) => setName(target.value as Offered)}
      >
        {available.map((filter) => (
          <option key={filter} value={filter}>
            {t(`analytics.filters.${filter}`)}
          </option>
        ))}
      </SelectField>
      {name === "bots" ? (
        <BotChoice bots={report.bots} />
      ) : (
        <ValueChoice key={name} name={name} report={report} />
      )}
      <Button type="submit" look="primary">
        {t("analytics.bar.add")}
      </Button>
    </form>
  );
}

function BotChoice({ bots }: { bots: Bots }) {
  const { t } = useTranslation();
  return (
    <SelectField
      label={t("analytics.bar.value")}
      name="value"
      defaultValue={bots}
      hint={t("analytics.bots.hint")}
    >
      {botChoices.map((choice) => (
        <option key={choice} value={choice}>
          {t(`analytics.bots.${choice}`)}
        </option>
      ))}
    </SelectField>
  );
}

/** The values that the report has, the most played first. */
function ValueChoice({ name, report }: { name: FilterName; report: Report }) {
  const { t } = useTranslation();
  const nameOf = useValueName();
  // What is chosen already must not hide the others.
  const { [name]: _, ...others } = report.filters;
  const listing = useListing(name, { ...report, filters: others });
  return (
    <SelectField label={t("analytics.bar.value")} name="value" disabled={listing === undefined}>
      {listing === undefined && <option value="">{t("states.loading")}</option>}
      {listing?.entries.map(({ key, label, plays }) => (
        <option key={key} value={key}>
          {t("analytics.bar.valueWithPlays", { value: nameOf(name, key, label), count: plays })}
        </option>
      ))}
      <option value={unknown}>{nameOf(name, unknown)}</option>
    </SelectField>
  );
}

const most = 100;

/** The breakdown that a filter's values come from. Only the one that is wanted is asked for: the others are in the cards. */
function useListing(name: FilterName, report: Report): Listing | undefined {
  const source = sourceOf[name];
  const geography = useGeography(report, everything, { enabled: source === "geography" }).data?.data;
  const demographics = useDemographics(report, most, { enabled: source === "demographics" }).data?.data;
  const traffic = useTrafficSources(report, most, { enabled: source === "traffic" }).data?.data;
  const tracks = useTracksReport(report, everything, { enabled: source === "tracks" }).data?.data;
  switch (name) {
    case "country":
      return geography && countriesOf(geography);
    case "region":
      return geography && placesWithin(geography)?.regions;
    case "city":
      return geography && placesWithin(geography)?.cities;
    case "device":
      return demographics && firstListing(demographics, demographics.devices);
    case "os":
      return demographics && listingOf(demographics, "systems");
    case "browser":
      return demographics && listingOf(demographics, "browsers");
    case "channel":
      return traffic && listingOf(traffic, "channels");
    case "source":
      return traffic && firstListing(traffic, traffic.sources);
    case "context":
      return traffic && listingOf(traffic, "contexts");
    case "campaign":
      return traffic && listingOf(traffic, "campaigns");
    case "track":
      return tracks && tracksOf(tracks);
    case "artist":
      return tracks && artistsOf(tracksOf(tracks));
  }
}

const sourceOf: Record<FilterName, "geography" | "demographics" | "traffic" | "tracks"> = {
  country: "geography",
  region: "geography",
  city: "geography",
  device: "demographics",
  os: "demographics",
  browser: "demographics",
  channel: "traffic",
  source: "traffic",
  context: "traffic",
  campaign: "traffic",
  track: "tracks",
  artist: "tracks",
};

/** Artists of the tracks in a listing, with the sums of their plays. */
function artistsOf(tracks: ReturnType<typeof tracksOf>): Listing {
  const plays = new Map<string, number>();
  for (const track of tracks.entries) {
    if (track.artist) plays.set(track.artist, (plays.get(track.artist) ?? 0) + track.plays);
  }
  const entries = [...plays].map(([artist, count]) => ({
    key: artist,
    label: artist,
    plays: count,
    listeners: 0,
    share: 0,
  }));
  return { ...tracks, entries: entries.toSorted((a, b) => b.plays - a.plays) };
}
