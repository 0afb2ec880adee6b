import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useBecomeCreator } from "@/api/account";
import { Button } from "@/parts/Button";
import { TextField } from "@/parts/Field";
import { Notice } from "@/parts/Notice";
import { Section } from "@/parts/Section";
import { showToast } from "@/parts/toasts";
import { useForm } from "@/parts/useForm";

/** `name` is the account's, which most creators keep. */
export function BecomeCreator({ name }: { name: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const become = useBecomeCreator();
  const { ref, onSubmit, errors, failure, pending } = useForm({
    fields: ["name"],
    check: (values) => (values.name.trim() === "" ? { name: t("account.nameMissing") } : {}),
    send: async (values) => {
      await become.mutateAsync(values.name.trim());
      showToast(t("you.creator.done"));
      await navigate("/tracks");
    },
  });

  return (
    <Section title={t("you.creator.title")} sentence={t("you.creator.sentence")}>
      <form ref={ref} noValidate onSubmit={onSubmit} className="flex flex-col items-start gap-4">
        <div className="w-full max-w-sm">
          <TextField
            label={t("you.creator.name")}
            hint={t("you.creator.nameHint")}
            name="name"
            maxLength={100}
            defaultValue={name}
            error={errors.name}
          />
        </div>
        {failure !== undefined && <Notice kind="danger" title={failure} />}
        <Button type="submit" look="primary" pending={pending}>
          {t("you.creator.action")}
        </Button>
      </form>
    </Section>
  );
}
