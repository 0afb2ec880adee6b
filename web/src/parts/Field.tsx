import { ChevronDown } from "lucide-react";
import { useId, type ComponentProps, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface FieldFrame {
  label: string;
  /** What is expected, before anyone gets it wrong. */
  hint?: ReactNode;
  /** What is wrong with it, and what would be right. */
  error?: string;
  /** Said beside the label of a field that may stay empty; fields are required otherwise. */
  optional?: boolean;
}

interface FieldProps extends FieldFrame {
  /** Draws the control with these attributes, which tie it to its label, hint and error. */
  children: (control: ControlAttributes) => ReactNode;
}

interface ControlAttributes {
  id: string;
  required: boolean;
  className: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

/** The look of text fields and selects. */
export const controlClass =
  "block h-9 w-full min-w-0 rounded-8 border border-ctl bg-surface px-3 text-ink placeholder:text-ink3 disabled:opacity-60 aria-invalid:border-danger md:h-8";

/** A label, a control, and what belongs to it. */
export function Field({ label, hint, error, optional = false, children }: FieldProps) {
  const { t } = useTranslation();
  const id = useId();
  const hintId = hint === undefined ? undefined : `${id}-hint`;
  const errorId = error === undefined ? undefined : `${id}-error`;
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 flex justify-between gap-2 text-12 font-medium text-ink2">
        {label}
        {optional && <span className="font-normal text-ink3">{t("form.optional")}</span>}
      </label>
      {children({
        id,
        required: !optional,
        className: controlClass,
        "aria-describedby": [errorId, hintId].filter(Boolean).join(" ") || undefined,
        "aria-invalid": error === undefined ? undefined : true,
      })}
      {error !== undefined && (
        <p id={errorId} className="mt-1 text-12 text-danger">
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p id={hintId} className="mt-1 text-12 text-ink3">
          {hint}
        </p>
      )}
    </div>
  );
}

export function TextField({
  label,
  hint,
  error,
  optional,
  ...input
}: FieldFrame & Omit<ComponentProps<"input">, "required">) {
  return (
    <Field {...{ label, hint, error, optional }}>
      {(control) => <input type="text" {...control} {...input} />}
    </Field>
  );
}

export function SelectField({
  label,
  hint,
  error,
  optional,
  children,
  ...select
}: FieldFrame & Omit<ComponentProps<"select">, "required">) {
  return (
    <Field {...{ label, hint, error, optional }}>
      {(control) => (
        <div className="relative">
          <select {...control} {...select} className={`${control.className} appearance-none truncate pr-9`}>
            {children}
          </select>
          <ChevronDown
            size={16}
            strokeWidth={1.75}
            className="pointer-events-none absolute inset-y-0 right-3 h-full text-ink2"
            aria-hidden
          />
        </div>
      )}
    </Field>
  );
}
