import { useTranslation } from "react-i18next";
import { Dialog } from "@/parts/Dialog";
import { useRegisteredShortcuts, useShortcutsEnabled } from "./shortcuts";

/** What `?` shows: the keys that are in force on this page, and the switch that turns them off. */
export default function KeysHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const shortcuts = useRegisteredShortcuts();
  const [enabled, setEnabled] = useShortcutsEnabled();
  return (
    <Dialog title={t("keys.title")} onClose={onClose}>
      <dl className="grid grid-cols-[1fr_auto] gap-x-4 gap-y-2">
        {shortcuts.map(({ keys, label }) => (
          <div key={keys} className="contents">
            <dt className="text-ink2">{label}</dt>
            <dd className="flex gap-1">
              {keys.split(" ").map((key) => (
                <kbd
                  key={key}
                  translate="no"
                  className="min-w-6 rounded-4 border border-line2 px-1.5 text-center font-sans text-12 leading-5"
                >
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <label className="mt-4 flex items-center gap-2 border-t pt-4">
        <input type="checkbox" checked={enabled} onChange={(event) => setEnabled(event.target.checked)} />
        {t("keys.enabled")}
      </label>
    </Dialog>
  );
}
