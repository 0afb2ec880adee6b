import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import { signUp } from "@/api/account";
import { isLanguage } from "@/messages";
import { Button } from "@/parts/Button";
import { TextField } from "@/parts/Field";
import { Notice } from "@/parts/Notice";
import { PasswordField } from "@/parts/PasswordField";
import { useForm } from "@/parts/useForm";
import { Page } from "@/shell/Page";
import { nextPath } from "./nextPath";

/** As the API has it: something, an @, a domain. */
const emailForm = /^[^\s@]+@[^\s@]+$/;
const shortestPassword = 8;

export function Component() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const { ref, onSubmit, errors, failure, pending } = useForm({
    fields: ["name", "email", "password"],
    check: ({ name, email, password }) => ({
      ...(name.trim() === "" && { name: t("account.nameMissing") }),
      ...(!emailForm.test(email.trim()) && { email: t("account.emailWrong") }),
      ...(password.length < shortestPassword && { password: t("account.passwordShort") }),
    }),
    send: async ({ name, email, password }) => {
      const language = isLanguage(i18n.language) ? i18n.language : "en";
      await signUp({ name: name.trim(), email: email.trim(), password, language });
      await navigate(nextPath(query), { replace: true });
    },
  });

  return (
    <Page title={t("signup.title")}>
      <form
        ref={ref}
        noValidate
        onSubmit={onSubmit}
        className="mx-auto mt-4 flex max-w-sm flex-col gap-4 rounded-8 border bg-surface p-6 md:mt-12"
      >
        <p className="text-ink2">{t("signup.sentence")}</p>
        <TextField
          label={t("account.name")}
          name="name"
          autoComplete="name"
          maxLength={100}
          hint={t("signup.nameHint")}
          error={errors.name}
        />
        <TextField
          label={t("account.email")}
          name="email"
          type="email"
          autoComplete="username"
          maxLength={254}
          error={errors.email}
        />
        <PasswordField
          label={t("account.password")}
          name="password"
          autoComplete="new-password"
          maxLength={256}
          hint={t("signup.passwordHint")}
          error={errors.password}
        />
        {failure !== undefined && <Notice kind="danger" title={failure} />}
        <Button type="submit" look="primary" large pending={pending}>
          {t("signup.action")}
        </Button>
        <p className="text-center text-ink2">
          {t("signup.haveAccount")}{" "}
          <Link to={{ pathname: "/login", search: query.toString() }} className="font-medium text-accent">
            {t("signup.logIn")}
          </Link>
        </p>
      </form>
    </Page>
  );
}
