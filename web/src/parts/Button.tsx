import type { LucideIcon } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { Link } from "react-router";

type Look = "primary" | "default" | "quiet" | "danger";

const looks: Record<Look, string> = {
  primary: "border-accent bg-accent text-on-accent hover:border-accent-hover hover:bg-accent-hover",
  default: "border-line2 bg-surface text-ink hover:bg-hover",
  quiet: "border-transparent text-accent hover:text-accent-hover hover:underline",
  danger: "border-danger-edge bg-surface text-danger hover:bg-danger-ground",
};

/** The look of a button, for a link or a label that should have it. */
export function buttonClass(look: Look = "default", large = false): string {
  const size = large ? "h-11 px-4 text-16" : "h-9 px-3 text-14 md:h-8";
  return `inline-flex shrink-0 items-center justify-center gap-2 rounded-8 border font-medium whitespace-nowrap no-underline transition-colors ${size} ${looks[look]} disabled:opacity-60 aria-disabled:opacity-60`;
}

interface Appearance {
  look?: Look;
  /** 44 high: the one main action of a form. */
  large?: boolean;
  icon?: LucideIcon;
  children: ReactNode;
}

interface ButtonProps extends Appearance, Omit<ComponentProps<"button">, "children"> {
  /** Its action is under way: the button says so, keeps its focus, and ignores clicks. */
  pending?: boolean;
}

/** `type` is "button" unless said otherwise, so that only a form's own button sends it. */
export function Button({
  look,
  large,
  icon: Icon,
  pending = false,
  children,
  className = "",
  onClick,
  type = "button",
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={`${buttonClass(look, large)} ${className}`}
      aria-disabled={pending || undefined}
      aria-busy={pending || undefined}
      onClick={(event) => {
        if (pending) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {Icon !== undefined && <Icon size={16} strokeWidth={1.75} aria-hidden />}
      {children}
    </button>
  );
}

/** A link that looks like a button: it goes somewhere, it does nothing. */
export function ButtonLink({
  look,
  large,
  icon: Icon,
  children,
  ...rest
}: Appearance & ComponentProps<typeof Link>) {
  return (
    <Link {...rest} className={buttonClass(look, large)}>
      {Icon !== undefined && <Icon size={16} strokeWidth={1.75} aria-hidden />}
      {children}
    </Link>
  );
}

interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  icon: LucideIcon;
  /** Said to those who don't see the icon, and shown on hover. */
  label: string;
}

/** A square of 32 with an icon alone. */
export function IconButton({ icon: Icon, label, className = "", ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={label}
      className={`inline-flex size-8 shrink-0 items-center justify-center rounded-8 text-ink2 transition-colors hover:bg-hover hover:text-ink aria-pressed:bg-tint aria-pressed:text-accent ${className}`}
    >
      <Icon size={16} strokeWidth={1.75} aria-hidden />
    </button>
  );
}
