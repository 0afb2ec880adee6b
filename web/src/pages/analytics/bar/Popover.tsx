import type { LucideIcon } from "lucide-react";
import { createContext, useCallback, useContext, useId, useRef, type ReactNode } from "react";
import { buttonClass } from "@/parts/Button";

interface PopoverProps {
  icon: LucideIcon;
  /** What the button says. */
  label: ReactNode;
  look?: "default" | "quiet";
  /** What the panel holds; `usePopoverClose` puts it away. */
  children: ReactNode;
}

const edge = 8;

const CloseContext = createContext<() => void>(() => undefined);

/** Puts away the popover around the caller. */
export function usePopoverClose(): () => void {
  return useContext(CloseContext);
}

/** A button with a panel under it. The browser's own popover: Escape and a click beside it put it away. */
export function Popover({ icon: Icon, label, look = "default", children }: PopoverProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);

  const close = useCallback(() => panel.current?.hidePopover(), []);

  function place(): void {
    const anchor = button.current?.getBoundingClientRect();
    if (anchor === undefined || panel.current === null) return;
    const { style } = panel.current;
    style.top = `${anchor.bottom + edge / 2}px`;
    style.left = `max(${edge}px, min(${anchor.left}px, calc(100vw - ${panel.current.offsetWidth + edge}px)))`;
  }

  return (
    <>
      <button ref={button} type="button" popoverTarget={id} className={buttonClass(look)}>
        <Icon size={16} strokeWidth={1.75} aria-hidden />
        {label}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        onToggle={place}
        className="fixed m-0 w-72 rounded-8 border border-line2 bg-surface p-4 text-ink"
      >
        <CloseContext value={close}>{children}</CloseContext>
      </div>
    </>
  );
}
