import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useProblemWords } from "@/api/problemWords";
import { Button } from "@/parts/Button";
import { Dialog } from "@/parts/Dialog";
import { Notice } from "@/parts/Notice";
import { useErase } from "./queries";

/** What is done can't be undone, so it is asked twice: by the button, and by a word of consent. */
export function EraseDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const erase = useErase();
  const [understood, setUnderstood] = useState(false);
  return (
    <Dialog
      title={t("listening.erase.ask")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            look="danger"
            disabled={!understood}
            pending={erase.isPending}
            onClick={() => erase.mutate(undefined, { onSuccess: onClose })}
          >
            {t("listening.erase.confirm")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 text-ink2">
        <p>{t("listening.erase.what")}</p>
        <p>{t("listening.erase.stays")}</p>
        <label className="flex items-start gap-2 text-ink">
          <input
            type="checkbox"
            className="mt-1"
            checked={understood}
            onChange={({ target }) => setUnderstood(target.checked)}
          />
          {t("listening.erase.understood")}
        </label>
        {erase.error !== null && <Notice kind="danger" title={words(erase.error).text} />}
      </div>
    </Dialog>
  );
}
