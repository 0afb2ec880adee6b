import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useBecomeCreator, useRenameCreator, type Account } from "@/api/account";
import { Button } from "@/parts/Button";
import { TextField } from "@/parts/Field";
import { Notice } from "@/parts/Notice";
import { Section } from "@/parts/Section";
import { showToast } from "@/parts/toasts";
import { useForm } from "@/parts/useForm";

/** The name that a creator publishes under: to be changed, or, by a listener, to become one with. */
export function CreatorForm({ account }: { account: Account }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const become = useBecomeCreator();
  const rename = useRenameCreator();
  const { creator_name: creatorName } = account;
  const isCreator = creatorName !== null && creatorName !== undefined;
  const { ref, onSubmit, errors, failure, pending } = useForm({
    fields: ["name"],
    check: (values) => (values.name.trim() === "" ? { name: t("account.nameMissing") } : {}),
    send: async (values) => {
      const name = values.name.trim();
      if (isCreator) {
        await rename.mutateAsync(name);
        showToast(t("common.saved"));
      } else {
        await become.mutateAsync(name);
        showToast(t("you.creator.done"));
        await navigate("/tracks");
      }
    },
  });
  if (!isCreator && account.role !== "user") return null;

  return (
    <Section
      title={t(isCreator ? "you.creator.isTitle" : "you.creator.title")}
      sentence={isCreator ? undefined : t("you.creator.sentence")}
    >
      <form ref={ref} noValidate onSubmit={onSubmit} className="flex flex-col items-start gap-4">
        <div className="w-full max-w-sm">
          <TextField
            label={t("you.creator.name")}
            hint={t(isCreator ? "you.creator.isHint" : "you.creator.nameHint")}
            name="name"
            maxLength={100}
            // Most creators keep the account's.
            defaultValue={creatorName ?? account.name}
            error={errors.name}
          />
        </div>
        {failure !== undefined && <Notice kind="danger" title={failure} />}
        <Button type="submit" look="primary" pending={pending}>
          {isCreator ? t("common.save") : t("you.creator.action")}
        </Button>
      </form>
    </Section>
  );
}
