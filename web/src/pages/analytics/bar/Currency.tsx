import { Coins } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Select } from "@/parts/Select";
import { useProjection } from "../revenue/queries";
import { useReport } from "../report/useReport";

/** In which currency, where there are several; amounts of different ones are never added. */
export function Currency() {
  const { t } = useTranslation();
  const { report, change } = useReport();
  const projection = useProjection(report).data?.data;
  const chosen = report.currency ?? projection?.currency ?? null;
  if (projection === undefined || chosen === null || projection.currencies.length === 0) return null;
  const currencies = [...new Set([chosen, ...projection.currencies])];
  return (
    <Select
      icon={Coins}
      label={t("analytics.revenue.currency")}
      shown={<span translate="no">{chosen}</span>}
      value={chosen}
      onChange={(currency) => change({ currency })}
    >
      {currencies.map((currency) => (
        <option key={currency} value={currency} translate="no">
          {currency}
        </option>
      ))}
    </Select>
  );
}
