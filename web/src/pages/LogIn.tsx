import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import { logIn } from "@/api/account";
import { Button } from "@/parts/Button";
import { TextField } from "@/parts/Field";
import { Notice } from "@/parts/Notice";
import { PasswordField } from "@/parts/PasswordField";
import { useForm } from "@/parts/useForm";
import { Page } from "@/shell/Page";
import { nextPath } from "./nextPath";

export function Component() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const { ref, onSubmit, errors, failure, pending } = useForm({
    fields: ["email", "password"],
    check: ({ email, password }) => ({
      ...(email.trim() === "" && { email: t("account.emailMissing") }),
      ...(password === "" && { password: t("account.passwordMissing") }),
    }),
    send: async ({ email, password }) => {
      await logIn({ email: email.trim(), password });
      await navigate(nextPath(query), { replace: true });
    },
  });

  return (
    <Page title={t("login.title")}>
      <form
        ref={ref}
        noValidate
        onSubmit={onSubmit}
        className="mx-auto mt-4 flex max-w-sm flex-col gap-4 rounded-8 border bg-surface p-6 md:mt-12"
      >
        <p className="text-ink2">{t("login.sentence")}</p>
        <TextField
          label={t("account.email")}
          name="email"
          type="email"
          autoComplete="username"
          error={errors.email}
        />
        <PasswordField
          label={t("account.password")}
          name="password"
          autoComplete="current-password"
          error={errors.password}
        />
        {failure !== undefined && <Notice kind="danger" title={failure} />}
        <Button type="submit" look="primary" large pending={pending}>
          {t("login.action")}
        </Button>
        <p className="text-center text-ink2">
          {t("login.noAccount")}{" "}
          <Link to={{ pathname: "/signup", search: query.toString() }} className="font-medium text-accent">
            {t("login.signUp")}
          </Link>
        </p>
      </form>
    </Page>
  );
}
