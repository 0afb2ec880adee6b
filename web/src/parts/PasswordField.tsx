import { Eye, EyeOff } from "lucide-react";
import { useState, type ComponentProps, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { Field } from "./Field";

interface PasswordFieldProps extends Omit<ComponentProps<"input">, "type" | "required"> {
  label: string;
  hint?: ReactNode;
  error?: string;
}

/** A password that its owner may look at while typing. */
export function PasswordField({ label, hint, error, ...input }: PasswordFieldProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <Field {...{ label, hint, error }}>
      {(control) => (
        <div className="relative">
          <input
            {...control}
            {...input}
            type={shown ? "text" : "password"}
            spellCheck={false}
            autoCapitalize="none"
            className={`${control.className} pr-10`}
          />
          <IconButton
            icon={shown ? EyeOff : Eye}
            label={t(shown ? "form.hidePassword" : "form.showPassword")}
            onClick={() => setShown(!shown)}
            className="absolute inset-y-0 right-0 h-full!"
          />
        </div>
      )}
    </Field>
  );
}
