import type { LucideIcon } from "lucide-react";
import { ChevronDown } from "lucide-react";
import type { ReactNode } from "react";

interface SelectProps {
  icon?: LucideIcon;
  /** What is chosen here, for screen readers. */
  label: string;
  /** What the control shows, which may be more than the option's text. */
  shown: ReactNode;
  value: string;
  onChange: (value: string) => void;
  /** `<option>`s. */
  children: ReactNode;
  className?: string;
}

/** The browser's own select under words of ours. */
export function Select({ icon: Icon, label, shown, value, onChange, children, className = "" }: SelectProps) {
  return (
    <span
      className={`relative inline-flex h-9 shrink-0 items-center gap-2 rounded-8 border border-line2 bg-surface px-3 font-medium whitespace-nowrap hover:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent md:h-8 ${className}`}
    >
      {Icon !== undefined && <Icon size={16} strokeWidth={1.75} aria-hidden className="text-ink2" />}
      <span aria-hidden>{shown}</span>
      <ChevronDown size={16} strokeWidth={1.75} aria-hidden className="text-ink2" />
      <select
        aria-label={label}
        value={value}
        onChange={({ target }) => onChange(target.value)}
        className="absolute inset-0 w-full opacity-0"
      >
        {children}
      </select>
    </span>
  );
}
