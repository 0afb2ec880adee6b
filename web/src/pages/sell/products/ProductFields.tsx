import { useTranslation } from "react-i18next";
import type { Product } from "@/api/market/products";
import type { NewProduct } from "@/api/market/selling";
import { useOwnTracks } from "@/api/tracks";
import { parseAmount, writeAmount } from "@/format/amount";
import { Field, SelectField, TextField } from "@/parts/Field";
import { kinds, type Kind } from "@/pages/market/discover/filters";

export const productFields = ["title", "kind", "price_minor", "track_id", "description"] as const;
export type ProductValues = Record<(typeof productFields)[number], string>;

/** A product as its fields show it. */
export function valuesOf(product: Product, locale: string): ProductValues {
  return {
    title: product.title,
    kind: product.kind,
    price_minor: writeAmount(product.price_minor, product.currency, locale),
    track_id: product.track_id ?? "",
    description: product.description,
  };
}

/** The fields as the API wants them. */
export function productOf(values: ProductValues, currency: string): NewProduct & { track_id: string | null } {
  const price = parseAmount(values.price_minor, currency);
  if (price === null) throw new RangeError(`not an amount: ${values.price_minor}`);
  return {
    title: values.title.trim(),
    kind: values.kind as Kind,
    price_minor: price,
    track_id: values.track_id === "" ? null : values.track_id,
    description: values.description.trim(),
  };
}

/** What is wrong with the fields, in the reader's language. */
export function useCheckProduct(currency: string): (values: ProductValues) => Partial<ProductValues> {
  const { t } = useTranslation();
  return ({ title, price_minor }) => ({
    ...(title.trim() === "" && { title: t("sell.form.titleMissing") }),
    ...(parseAmount(price_minor, currency) === null && { price_minor: t("sell.form.priceWrong") }),
  });
}

interface ProductFieldsProps {
  initial?: ProductValues;
  errors: Partial<ProductValues>;
  currency: string;
  /** The price stays as it is while a promotion is scheduled or runs. */
  priceFixed?: boolean;
}

export function ProductFields({ initial, errors, currency, priceFixed = false }: ProductFieldsProps) {
  const { t } = useTranslation();
  const tracks = useOwnTracks().data?.pages.flatMap((page) => page.data) ?? [];
  const control = (name: keyof ProductValues) => ({
    name,
    error: errors[name],
    defaultValue: initial?.[name],
  });
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <div className="sm:col-span-2">
        <TextField label={t("sell.form.title")} maxLength={200} {...control("title")} />
      </div>
      <SelectField label={t("sell.form.kind")} {...control("kind")}>
        {kinds.map((kind) => (
          <option key={kind} value={kind}>
            {t(`market.kind.${kind}`)}
          </option>
        ))}
      </SelectField>
      <TextField
        label={t("sell.form.price", { currency })}
        inputMode="decimal"
        readOnly={priceFixed}
        hint={t(priceFixed ? "sell.form.priceFixed" : "sell.form.priceHint")}
        {...control("price_minor")}
      />
      <div className="sm:col-span-2">
        <SelectField
          // The tracks come after the form; then the choice is made anew.
          key={tracks.length}
          label={t("sell.form.track")}
          hint={t("sell.form.trackHint")}
          optional
          {...control("track_id")}
        >
          <option value="">{t("sell.form.noTrack")}</option>
          {tracks.map(({ id, title }) => (
            <option key={id} value={id} translate="no">
              {title}
            </option>
          ))}
        </SelectField>
      </div>
      <div className="sm:col-span-2">
        <Field label={t("sell.form.description")} error={errors.description} optional>
          {(attributes) => (
            <textarea
              {...attributes}
              rows={6}
              translate="no"
              maxLength={5_000}
              name="description"
              defaultValue={initial?.description}
              className={`${attributes.className} h-auto! py-2`}
            />
          )}
        </Field>
      </div>
    </div>
  );
}
