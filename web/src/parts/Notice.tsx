import { CircleCheck, Clock, Info, TriangleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

type Kind = "info" | "success" | "warning" | "danger";

const kinds: Record<Kind, { icon: LucideIcon; ground: string; text: string }> = {
  info: { icon: Info, ground: "border-line2 bg-surface", text: "text-ink2" },
  success: { icon: CircleCheck, ground: "border-line2 bg-up-ground", text: "text-up" },
  warning: { icon: Clock, ground: "border-warn-edge bg-warn-ground", text: "text-warn" },
  danger: { icon: TriangleAlert, ground: "border-danger-edge bg-danger-ground", text: "text-danger" },
};

interface NoticeProps {
  kind: Kind;
  /** What happened, in a few bold words. */
  title: string;
  children?: ReactNode;
  /** Buttons under the text. */
  actions?: ReactNode;
}

/** Says something where it matters. Danger interrupts a screen reader, the others wait for its pause. */
export function Notice({ kind, title, children, actions }: NoticeProps) {
  const { icon: Icon, ground, text } = kinds[kind];
  return (
    <div
      role={kind === "danger" ? "alert" : "status"}
      className={`flex gap-3 rounded-8 border p-3 ${ground}`}
    >
      <Icon size={16} strokeWidth={1.75} className={`mt-0.5 shrink-0 ${text}`} aria-hidden />
      <div className="min-w-0 grow">
        <p className="font-semibold">{title}</p>
        {children !== undefined && <div className="text-ink2">{children}</div>}
        {actions !== undefined && <div className="mt-3 flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}

/** The strip of 32 under a card's head: the numbers below are those of `asOf`. */
export function StaleStrip({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <p
      role="status"
      className="flex min-h-8 items-center gap-2 rounded-8 border border-warn-edge bg-warn-ground px-2.5 py-1 text-12"
    >
      <Clock size={14} strokeWidth={1.75} className="shrink-0 text-warn" aria-hidden />
      <span>
        <b className="font-semibold">{title}</b> {children}
      </span>
    </p>
  );
}
