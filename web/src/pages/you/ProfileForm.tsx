import { useTranslation } from "react-i18next";
import { useChangeAccount, type Account } from "@/api/account";
import { changeLanguage, languages } from "@/messages";
import { Button } from "@/parts/Button";
import { SelectField, TextField } from "@/parts/Field";
import { Notice } from "@/parts/Notice";
import { Section } from "@/parts/Section";
import { showToast } from "@/parts/toasts";
import { useForm } from "@/parts/useForm";
import { ZoneOptions } from "@/parts/ZoneOptions";

/** Each language under its own name, so that one finds back from a language one can't read. */
const ownNames = { en: "English", fr: "Français" };

export function ProfileForm({ account }: { account: Account }) {
  const { t, i18n } = useTranslation();
  const change = useChangeAccount();
  const { ref, onSubmit, errors, failure, pending } = useForm({
    fields: ["name", "zone", "language"],
    check: ({ name }) => (name.trim() === "" ? { name: t("account.nameMissing") } : {}),
    send: async ({ name, zone, language }) => {
      const chosen = languages.find((known) => known === language);
      await change.mutateAsync({ name: name.trim(), zone, language: chosen });
      if (chosen !== undefined) await changeLanguage(chosen);
      showToast(i18n.t("common.saved"));
    },
  });

  return (
    <Section title={t("you.profile.title")}>
      <form ref={ref} noValidate onSubmit={onSubmit} className="grid gap-4 sm:grid-cols-2">
        <div className="sm:col-span-2">
          <TextField
            label={t("account.name")}
            name="name"
            autoComplete="name"
            maxLength={100}
            defaultValue={account.name}
            error={errors.name}
          />
        </div>
        <SelectField
          label={t("you.profile.zone")}
          hint={t("you.profile.zoneHint")}
          name="zone"
          defaultValue={account.zone}
          error={errors.zone}
        >
          <ZoneOptions chosen={account.zone} />
        </SelectField>
        <SelectField
          label={t("you.profile.language")}
          name="language"
          defaultValue={account.language}
          error={errors.language}
        >
          {languages.map((language) => (
            <option key={language} value={language} lang={language} translate="no">
              {ownNames[language]}
            </option>
          ))}
        </SelectField>
        <div className="flex flex-col items-start gap-4 sm:col-span-2">
          {failure !== undefined && <Notice kind="danger" title={failure} />}
          <Button type="submit" look="primary" pending={pending}>
            {t("common.save")}
          </Button>
        </div>
      </form>
    </Section>
  );
}
