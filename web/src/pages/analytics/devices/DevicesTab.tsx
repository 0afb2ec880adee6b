import { useTranslation } from "react-i18next";
import { Segmented } from "@/parts/Segmented";
import { ListCard } from "../parts/ListCard";
import { firstListing } from "../parts/listings";
import { useDemographics } from "../report/queries";
import { useReport } from "../report/useReport";
import { agentsOf, nameOfAgent } from "./versions";

const asked = 50;
const agents = [
  { list: "systems", filter: "os" },
  { list: "browsers", filter: "browser" },
] as const;

/** Devices, systems and browsers, each whole; the latter two also by their versions. */
export function Component() {
  const { t } = useTranslation();
  const { report, change } = useReport();
  const { versions } = report;
  const shared = {
    query: useDemographics(report, asked, { versions }),
    failed: t("analytics.devices.failed"),
    csv: "/api/v1/analytics/demographics",
    csvQuery: { limit: asked, ...(versions && { versions }) },
  } as const;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-3">
      <ListCard
        {...shared}
        title={t("analytics.devices.devices")}
        filter="device"
        listingOf={(data) => firstListing(data, data.devices)}
      />
      {agents.map(({ list, filter }) => (
        <ListCard
          key={list}
          {...shared}
          title={t(`analytics.devices.${list}`)}
          filter={filter}
          listingOf={(data) => agentsOf(data, list)}
          filterBy={nameOfAgent}
          tools={
            <Segmented
              small
              label={t("analytics.devices.detail")}
              options={[
                { value: "names", label: t("analytics.devices.names") },
                { value: "versions", label: t("analytics.devices.versions") },
              ]}
              value={versions ? "versions" : "names"}
              onChange={(value) => change({ versions: value === "versions" })}
            />
          }
        />
      ))}
    </div>
  );
}
