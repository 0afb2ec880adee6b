import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  useAddPromotion,
  useCancelPromotion,
  useChangePromotion,
  type Promotion,
} from "@/api/market/selling";
import type { ProductCard } from "@/api/market/products";
import { useProblemWords } from "@/api/problemWords";
import { serverNow } from "@/api/serverTime";
import { useFormat } from "@/format/useFormat";
import { localIn, momentOf } from "@/format/zones";
import { Button } from "@/parts/Button";
import { Dialog } from "@/parts/Dialog";
import { SelectField, TextField } from "@/parts/Field";
import { Notice } from "@/parts/Notice";
import { showToast } from "@/parts/toasts";
import { useForm } from "@/parts/useForm";
import { windowOf } from "./Calendar";
import { overlap } from "./windows";

const hour = 3_600_000;
const fields = ["product_id", "discount_percent", "starts_at", "ends_at"] as const;

/** What is left of a list price under a discount, in minor units: as the API computes it. */
export function discounted(listMinor: number, percent: number): number {
  return listMinor - Math.floor((listMinor * percent + 50) / 100);
}

interface PromotionDialogProps {
  products: readonly ProductCard[];
  promotions: readonly Promotion[];
  /** The one that is looked at; else a new one, for this product if one is given. */
  promotion?: Promotion;
  product?: ProductCard;
  zone: string;
  onClose: () => void;
}

/** A new promotion, one that can still be changed, or one that runs. */
export function PromotionDialog(props: PromotionDialogProps) {
  const { promotion } = props;
  const begun = promotion !== undefined && Date.parse(promotion.starts_at) <= serverNow();
  return begun ? <RunningPromotion {...props} promotion={promotion} /> : <PromotionForm {...props} />;
}

function PromotionForm({ products, promotions, promotion, product, zone, onClose }: PromotionDialogProps) {
  const { t } = useTranslation();
  const format = useFormat(zone);
  const add = useAddPromotion();
  const change = useChangePromotion();
  // The next whole hour, for two days.
  const [soon] = useState(() => Math.ceil(serverNow() / hour) * hour);
  const [productId, setProductId] = useState(promotion?.product_id ?? product?.id ?? products[0]?.id ?? "");
  const [percent, setPercent] = useState(String(promotion?.discount_percent ?? 20));
  const chosen = products.find(({ id }) => id === productId);
  const others = promotions.filter((other) => other.product_id === productId && other.id !== promotion?.id);

  const { ref, onSubmit, errors, failure, pending } = useForm({
    fields,
    check: (values) => {
      const discount = Number(values.discount_percent);
      const starts = values.starts_at === "" ? serverNow() : momentOf(values.starts_at, zone).getTime();
      const ends = values.ends_at === "" ? Number.NaN : momentOf(values.ends_at, zone).getTime();
      const taken = others.some((other) => overlap(windowOf(other), { startsAt: starts, endsAt: ends }));
      return {
        ...((!Number.isInteger(discount) || discount < 1 || discount > 90) && {
          discount_percent: t("sell.promotions.percentWrong"),
        }),
        ...(Number.isNaN(ends) && { ends_at: t("sell.promotions.timeMissing") }),
        ...(ends <= starts && { ends_at: t("sell.promotions.endsTooEarly") }),
        ...(ends > starts && taken && { starts_at: t("sell.promotions.overlaps") }),
      };
    },
    send: async (values) => {
      const times = {
        discount_percent: Number(values.discount_percent),
        // Left out: at once, by the server's clock.
        ...(values.starts_at !== "" && { starts_at: momentOf(values.starts_at, zone).toISOString() }),
        ends_at: momentOf(values.ends_at, zone).toISOString(),
      };
      if (promotion === undefined) await add.mutateAsync({ product_id: productId, ...times });
      else await change.mutateAsync({ id: promotion.id, changes: times });
      showToast(t("sell.promotions.saved"));
      onClose();
    },
  });

  const discount = Number(percent);
  const priced = chosen !== undefined && discount >= 1 && discount <= 90;
  return (
    <Dialog
      title={t(promotion === undefined ? "sell.promotions.add" : "sell.promotions.edit")}
      sentence={t("sell.promotions.formSentence")}
      onClose={onClose}
    >
      <form ref={ref} noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
        <SelectField
          label={t("sell.promotions.product")}
          name="product_id"
          value={productId}
          disabled={promotion !== undefined}
          onChange={({ target }) => setProductId(target.value)}
        >
          {products.map(({ id, title }) => (
            <option key={id} value={id} translate="no">
              {title}
            </option>
          ))}
        </SelectField>
        <TextField
          label={t("sell.promotions.percent")}
          name="discount_percent"
          type="number"
          min={1}
          max={90}
          inputMode="numeric"
          value={percent}
          onChange={({ target }) => setPercent(target.value)}
          error={errors.discount_percent}
          hint={
            priced &&
            t("sell.promotions.priceThen", {
              before: format.money(chosen.price_minor, chosen.currency),
              after: format.money(discounted(chosen.price_minor, discount), chosen.currency),
            })
          }
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label={t("sell.promotions.starts")}
            name="starts_at"
            type="datetime-local"
            defaultValue={promotion === undefined ? "" : localIn(promotion.starts_at, zone)}
            error={errors.starts_at}
            hint={promotion === undefined ? t("sell.promotions.atOnce") : undefined}
            optional={promotion === undefined}
          />
          <TextField
            label={t("sell.promotions.ends")}
            name="ends_at"
            type="datetime-local"
            defaultValue={localIn(promotion?.ends_at ?? new Date(soon + 48 * hour), zone)}
            error={errors.ends_at}
            hint={t("sell.promotions.zone", { zone })}
          />
        </div>
        {failure !== undefined && <Notice kind="danger" title={failure} />}
        <div className="flex flex-wrap justify-end gap-2">
          {promotion !== undefined && <CancelButton promotion={promotion} onDone={onClose} />}
          <Button type="submit" look="primary" pending={pending}>
            {t(promotion === undefined ? "sell.promotions.addAction" : "common.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What runs can't be changed, only ended: buyers were shown its end. */
function RunningPromotion({
  promotion,
  products,
  zone,
  onClose,
}: PromotionDialogProps & { promotion: Promotion }) {
  const { t } = useTranslation();
  const format = useFormat(zone);
  const over = Date.parse(promotion.ends_at) <= serverNow();
  const title = products.find(({ id }) => id === promotion.product_id)?.title ?? "";
  return (
    <Dialog
      title={title}
      sentence={t("sell.promotions.fromTo", {
        from: format.dateTime(promotion.starts_at),
        to: format.dateTime(promotion.ends_at),
      })}
      onClose={onClose}
      actions={over ? undefined : <CancelButton promotion={promotion} onDone={onClose} />}
    >
      <p>
        {t(over ? "sell.promotions.isOver" : "sell.promotions.runs", {
          percent: format.percent(-promotion.discount_percent / 100),
        })}
      </p>
    </Dialog>
  );
}

function CancelButton({ promotion, onDone }: { promotion: Promotion; onDone: () => void }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const { mutate, isPending, error } = useCancelPromotion();
  const begun = Date.parse(promotion.starts_at) <= serverNow();
  return (
    <>
      {error !== null && <Notice kind="danger" title={words(error).text} />}
      <Button
        look="danger"
        pending={isPending}
        onClick={() =>
          mutate(promotion.id, {
            onSuccess: () => {
              showToast(t("sell.promotions.canceled"));
              onDone();
            },
          })
        }
      >
        {t(begun ? "sell.promotions.endNow" : "sell.promotions.cancel")}
      </Button>
    </>
  );
}
