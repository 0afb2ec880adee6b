import { Tag } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useFormat } from "@/format/useFormat";
import { buttonClass } from "@/parts/Button";
import { Segmented } from "@/parts/Segmented";
import { Select } from "@/parts/Select";
import { kinds, priceLimits, searchOf, sorts, type Kind, type Sort, type Wanted } from "./filters";

/** The currency that price limits are shown in; products of another are compared by their own amounts. */
const currency = "EUR";

/** Kind, promotion, price and order of what is shown; everything goes into the address. */
export function FilterBar({ wanted }: { wanted: Wanted }) {
  const { t } = useTranslation();
  const { money } = useFormat();
  const navigate = useNavigate();
  const choose = (change: Partial<Wanted>) =>
    void navigate({ search: searchOf({ ...wanted, ...change }) }, { preventScrollReset: true });
  const upTo = (limit: number) => t("market.filter.upTo", { price: money(limit, currency) });

  return (
    <div className="mb-7 flex flex-wrap items-center gap-2">
      <Segmented<Kind | "all">
        label={t("market.filter.kind")}
        options={[
          { value: "all", label: t("market.filter.everything") },
          ...kinds.map((kind) => ({ value: kind, label: t(`market.kinds.${kind}`) })),
        ]}
        value={wanted.kind ?? "all"}
        onChange={(kind) => choose({ kind: kind === "all" ? null : kind })}
      />
      <button
        type="button"
        aria-pressed={wanted.promotion}
        onClick={() => choose({ promotion: !wanted.promotion })}
        className={`${buttonClass()} aria-pressed:border-accent aria-pressed:bg-tint aria-pressed:text-accent`}
      >
        <Tag size={16} strokeWidth={1.75} aria-hidden />
        {t("market.filter.promotion")}
      </button>
      <Select
        label={t("market.filter.price")}
        shown={
          <>
            <span className="font-normal text-ink2">{t("market.filter.price")} </span>
            {wanted.most === null ? t("market.filter.any") : upTo(wanted.most)}
          </>
        }
        value={String(wanted.most ?? "")}
        onChange={(value) => choose({ most: value === "" ? null : Number(value) })}
      >
        <option value="">{t("market.filter.any")}</option>
        {priceLimits.map((limit) => (
          <option key={limit} value={limit}>
            {upTo(limit)}
          </option>
        ))}
      </Select>
      <Select
        label={t("market.filter.sort")}
        shown={
          <>
            <span className="font-normal text-ink2">{t("market.filter.sort")} </span>
            {t(`market.sort.${wanted.sort}`)}
          </>
        }
        value={wanted.sort}
        onChange={(sort) => choose({ sort: sort as Sort })}
      >
        {sorts.map((sort) => (
          <option key={sort} value={sort}>
            {t(`market.sort.${sort}`)}
          </option>
        ))}
      </Select>
      <p className="ml-auto text-12 text-ink3">{t("market.beforeTax")}</p>
    </div>
  );
}
