import { Download, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useProblemWords } from "@/api/problemWords";
import { Button } from "@/parts/Button";
import { Section } from "@/parts/Section";
import { showToast } from "@/parts/toasts";
import { saveFile } from "@/parts/saveFile";
import { EraseDialog } from "./EraseDialog";
import { ErasureReceipt } from "./ErasureReceipt";
import { fetchListening, type FileFormat, type Receipt } from "./queries";

const formats = ["csv", "parquet"] as const satisfies FileFormat[];

/** What one can do with what is stored of one's listening: take it along, and have it forgotten. */
export function DataSection({ erasure }: { erasure: Receipt | null }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Section title={t("listening.export.title")} sentence={t("listening.export.sentence")}>
        <div className="flex flex-wrap gap-2">
          {formats.map((format) => (
            <ExportButton key={format} format={format} />
          ))}
        </div>
      </Section>
      <Section title={t("listening.erase.title")} sentence={t("listening.erase.sentence")}>
        <div className="flex flex-col items-start gap-4">
          {erasure !== null && <ErasureReceipt known={erasure} />}
          <Button look="danger" icon={Trash2} onClick={() => setAsking(true)}>
            {t("listening.erase.action")}
          </Button>
        </div>
      </Section>
      {asking && <EraseDialog onClose={() => setAsking(false)} />}
    </>
  );
}

function ExportButton({ format }: { format: FileFormat }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const [pending, setPending] = useState(false);
  const save = async () => {
    setPending(true);
    try {
      saveFile(await fetchListening(format), `veza-listening.${format}`);
    } catch (error) {
      showToast(words(error).text);
    } finally {
      setPending(false);
    }
  };
  return (
    <Button icon={Download} pending={pending} onClick={() => void save()}>
      {t(`listening.export.${format}`)}
    </Button>
  );
}
