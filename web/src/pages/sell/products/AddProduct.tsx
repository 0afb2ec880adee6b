import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useAddProduct } from "@/api/market/selling";
import { Button, ButtonLink } from "@/parts/Button";
import { Notice } from "@/parts/Notice";
import { Section } from "@/parts/Section";
import { useForm } from "@/parts/useForm";
import { Page } from "@/shell/Page";
import { ProductFields, productFields, productOf, useCheckProduct } from "./ProductFields";

/** Sellers have euros, as long as nothing lets them choose. */
const currency = "EUR";

/** A new product begins as a draft; files, cover and publishing come next, on its own page. */
export function Component() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const add = useAddProduct();
  const { ref, onSubmit, errors, failure, pending } = useForm({
    fields: productFields,
    check: useCheckProduct(currency),
    send: async (values) => {
      const product = await add.mutateAsync(productOf(values, currency));
      await navigate(`/sell/products/${product.id}`);
    },
  });
  return (
    <Page title={t("sell.products.add")}>
      <form ref={ref} noValidate onSubmit={onSubmit} className="mx-auto flex max-w-2xl flex-col gap-4">
        <Section title={t("sell.form.heading")} sentence={t("sell.form.sentence")}>
          <ProductFields errors={errors} currency={currency} />
        </Section>
        {failure !== undefined && <Notice kind="danger" title={failure} />}
        <div className="flex justify-end gap-2">
          <ButtonLink to="/sell">{t("common.cancel")}</ButtonLink>
          <Button type="submit" look="primary" pending={pending}>
            {t("sell.form.create")}
          </Button>
        </div>
      </form>
    </Page>
  );
}
