import { useTranslation } from "react-i18next";
import { useRenameCreator } from "@/api/account";
import { Button } from "@/parts/Button";
import { TextField } from "@/parts/Field";
import { Notice } from "@/parts/Notice";
import { Section } from "@/parts/Section";
import { showToast } from "@/parts/toasts";
import { useForm } from "@/parts/useForm";

/** The name that a creator publishes under. */
export function CreatorForm({ name }: { name: string }) {
  const { t } = useTranslation();
  const rename = useRenameCreator();
  const { ref, onSubmit, errors, failure, pending } = useForm({
    fields: ["name"],
    check: (values) => (values.name.trim() === "" ? { name: t("account.nameMissing") } : {}),
    send: async (values) => {
      await rename.mutateAsync(values.name.trim());
      showToast(t("common.saved"));
    },
  });
  return (
    <Section title={t("you.creator.isTitle")}>
      <form ref={ref} noValidate onSubmit={onSubmit} className="flex flex-col items-start gap-4">
        <div className="w-full">
          <TextField
            label={t("you.creator.name")}
            hint={t("you.creator.isHint")}
            name="name"
            maxLength={100}
            defaultValue={name}
            error={errors.name}
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
