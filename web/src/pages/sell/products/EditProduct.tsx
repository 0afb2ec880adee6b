import { Eye } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useAccount } from "@/api/account";
import { useProduct, type Product } from "@/api/market/products";
import { useChangeProduct, useOwnPromotions } from "@/api/market/selling";
import { ApiProblem } from "@/api/problem";
import { serverNow } from "@/api/serverTime";
import { useFormat } from "@/format/useFormat";
import { Button, ButtonLink } from "@/parts/Button";
import { Card } from "@/parts/Card";
import { Notice } from "@/parts/Notice";
import { Section } from "@/parts/Section";
import { showToast } from "@/parts/toasts";
import { useForm } from "@/parts/useForm";
import { Page } from "@/shell/Page";
import { Component as NotFound } from "../../NotFound";
import { CoverSection } from "./CoverSection";
import { FilesSection } from "./FilesSection";
import { ProductFields, productFields, productOf, useCheckProduct, valuesOf } from "./ProductFields";
import { PublishSection } from "./PublishSection";

/** One of one's own products: its state, what it is called, its cover and its files. */
export function Component() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const account = useAccount();
  const product = useProduct(id);

  const unknown = product.error instanceof ApiProblem && [404, 422].includes(product.error.status);
  const someoneElses =
    product.data !== undefined &&
    account.data !== undefined &&
    product.data.seller_id !== account.data.creator_id;
  if (unknown || someoneElses) return <NotFound />;

  const failed = account.error ?? product.error;
  if (account.data === undefined || product.data === undefined) {
    const retry = () => void Promise.all([account.refetch(), product.refetch()]);
    return (
      <Page title={t("sell.products.edit")}>
        <Card
          title={t("sell.form.heading")}
          className="mx-auto max-w-2xl"
          state={
            failed === null
              ? { kind: "loading" }
              : { kind: "error", sentence: t("sell.products.oneFailed"), error: failed, retry }
          }
        >
          {null}
        </Card>
      </Page>
    );
  }
  return (
    <Page
      title={product.data.title}
      titleIsData
      aside={
        <ButtonLink to={`/market/products/${id}`} icon={Eye}>
          {t("sell.products.asBuyers")}
        </ButtonLink>
      }
    >
      <div className="mx-auto flex max-w-2xl flex-col gap-4">
        <PublishSection product={product.data} />
        <DetailsForm key={product.data.id} product={product.data} />
        <CoverSection product={product.data} />
        <FilesSection product={product.data} />
      </div>
    </Page>
  );
}

function DetailsForm({ product }: { product: Product }) {
  const { t } = useTranslation();
  const { locale } = useFormat();
  const change = useChangeProduct();
  const promotions = useOwnPromotions().data ?? [];
  const promoted = promotions.some(
    ({ product_id, is_active, ends_at }) =>
      product_id === product.id && is_active && Date.parse(ends_at) > serverNow(),
  );
  const { ref, onSubmit, errors, failure, pending } = useForm({
    fields: productFields,
    check: useCheckProduct(product.currency),
    send: async (values) => {
      const before = valuesOf(product, locale);
      const after = productOf(values, product.currency);
      // Only what was changed.
      const changed = productFields.filter((name) => values[name] !== before[name]);
      const changes = Object.fromEntries(changed.map((name) => [name, after[name]]));
      await change.mutateAsync({ id: product.id, changes });
      showToast(t("common.saved"));
    },
  });
  return (
    <Section title={t("sell.form.heading")}>
      <form ref={ref} noValidate onSubmit={onSubmit} className="flex flex-col items-start gap-4">
        <div className="w-full">
          <ProductFields
            initial={valuesOf(product, locale)}
            errors={errors}
            currency={product.currency}
            priceFixed={promoted}
          />
        </div>
        {failure !== undefined && <Notice kind="danger" title={failure} />}
        <Button type="submit" look="primary" pending={pending}>
          {t("common.save")}
        </Button>
      </form>
    </Section>
  );
}
