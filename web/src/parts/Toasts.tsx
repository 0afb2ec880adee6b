import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { dismissToast, useToasts } from "./toasts";

/** Where toasts appear; mounted once, by the shell, so that screen readers know the region before it speaks. */
export function Toasts() {
  const { t } = useTranslation();
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-4 bottom-20 z-30 flex flex-col items-center gap-2 md:bottom-6"
    >
      {useToasts().map(({ id, text }) => (
        <div
          key={id}
          className="pointer-events-auto flex max-w-md items-center gap-2 rounded-8 border border-tooltip-edge bg-tooltip py-2 pr-2 pl-4 text-on-tooltip"
        >
          {text}
          <button
            type="button"
            aria-label={t("common.close")}
            onClick={() => dismissToast(id)}
            className="rounded-4 p-1 text-on-tooltip2 outline-on-tooltip hover:text-on-tooltip"
          >
            <X size={16} strokeWidth={1.75} aria-hidden />
          </button>
        </div>
      ))}
    </div>
  );
}
