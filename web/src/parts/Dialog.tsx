import { X } from "lucide-react";
import { useEffect, useId, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";

interface ModalProps {
  title: string;
  /** One sentence under the title. */
  sentence?: ReactNode;
  /** Called on Escape, on a click beside it, and by its cross. The caller unmounts it. */
  onClose: () => void;
  children: ReactNode;
  /** Buttons, the main one last. */
  actions?: ReactNode;
}

const frames = {
  middle: "m-auto w-full max-w-md rounded-8 border max-h-[calc(100dvh-3rem)]",
  side: "mr-0 ml-auto h-dvh max-h-none w-full max-w-lg border-l",
};

/** A native modal dialog: the browser keeps the focus inside, and gives it back to where it came from. */
function Modal({
  title,
  sentence,
  onClose,
  children,
  actions,
  frame,
}: ModalProps & { frame: keyof typeof frames }) {
  const { t } = useTranslation();
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    const dialog = ref.current;
    if (dialog === null || dialog.open) return;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);

  return (
    // The keyboard's way to what the click does is Escape, which the browser turns into `cancel`.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      className={`bg-surface p-0 text-ink backdrop:bg-black/40 ${frames[frame]}`}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      <div className="flex h-full max-h-[inherit] flex-col">
        <header className="flex items-start gap-2 border-b p-4">
          <div className="min-w-0 grow">
            <h2 id={titleId} className="text-16 font-semibold">
              {title}
            </h2>
            {sentence !== undefined && <p className="text-ink2">{sentence}</p>}
          </div>
          <IconButton icon={X} label={t("common.close")} onClick={onClose} className="-mt-1 -mr-1" />
        </header>
        <div className="min-h-0 grow overflow-y-auto p-4">{children}</div>
        {actions !== undefined && <footer className="flex justify-end gap-2 border-t p-4">{actions}</footer>}
      </div>
    </dialog>
  );
}

/** A question or a small form in the middle of the page. */
export function Dialog(props: ModalProps) {
  return <Modal {...props} frame="middle" />;
}

/** Details from the right edge, the whole width on a phone. */
export function Drawer(props: ModalProps) {
  return <Modal {...props} frame="side" />;
}
