import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Product } from "@/api/market/products";
import { useChangeProduct } from "@/api/market/selling";
import { useProblemWords } from "@/api/problemWords";
import { Button, ButtonLink } from "@/parts/Button";
import { Dialog } from "@/parts/Dialog";
import { Notice } from "@/parts/Notice";
import { Section } from "@/parts/Section";
import { showToast } from "@/parts/toasts";
import { StateBadge } from "./StateBadge";

/** From a draft to what is sold, and to what is sold no longer. There is no way back, so archiving asks first. */
export function PublishSection({ product }: { product: Product }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const [asking, setAsking] = useState(false);
  const { mutate, isPending, error } = useChangeProduct();
  const become = (state: "published" | "archived") =>
    mutate(
      { id: product.id, changes: { state } },
      {
        onSuccess: () => {
          setAsking(false);
          showToast(t(`sell.publish.done.${state}`, { title: product.title }));
        },
      },
    );
  const { state } = product;
  return (
    <Section title={t("sell.publish.title")} sentence={t(`sell.publish.sentence.${state}`)}>
      <div className="flex flex-col items-start gap-3">
        <div className="flex flex-wrap items-center gap-2">
          <StateBadge state={state} always />
          {state === "draft" && (
            <Button
              look="primary"
              pending={isPending}
              disabled={product.files.length === 0}
              onClick={() => become("published")}
            >
              {t("sell.publish.publish")}
            </Button>
          )}
          {state === "published" && (
            <>
              <ButtonLink to="/sell/promotions">{t("sell.publish.promote")}</ButtonLink>
              <Button onClick={() => setAsking(true)}>{t("sell.publish.archive")}</Button>
            </>
          )}
        </div>
        {error !== null && <Notice kind="danger" title={words(error).text} />}
      </div>
      {asking && (
        <Dialog
          title={t("sell.publish.archiveTitle", { title: product.title })}
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button onClick={() => setAsking(false)}>{t("common.cancel")}</Button>
              <Button look="danger" pending={isPending} onClick={() => become("archived")}>
                {t("sell.publish.archive")}
              </Button>
            </>
          }
        >
          <p>{t("sell.publish.archiveWhy")}</p>
        </Dialog>
      )}
    </Section>
  );
}
