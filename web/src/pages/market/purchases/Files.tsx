import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Download as DownloadIcon, FileArchive, FileAudio, FileText } from "lucide-react";
import { useTranslation } from "react-i18next";
import { downloadAddress, useDownloads, type Download, type Order } from "@/api/market/orders";
import { useProblemWords } from "@/api/problemWords";
import { useFormat } from "@/format/useFormat";
import { Button } from "@/parts/Button";
import { CopyButton } from "@/parts/CopyButton";
import { Notice } from "@/parts/Notice";
import { SkeletonRows } from "@/parts/Skeleton";

/** The files of an order, each to be downloaded as often as one likes. */
export function Files({ order }: { order: Order }) {
  const { t } = useTranslation();
  return (
    <div className="border-t px-4 py-2">
      {order.state === "refunded" ? (
        <p className="py-1 text-ink2">{t("market.purchases.revoked")}</p>
      ) : (
        <FileList orderId={order.id} />
      )}
    </div>
  );
}

function FileList({ orderId }: { orderId: string }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const client = useQueryClient();
  const { data: files, error, refetch } = useDownloads(orderId);
  const download = useMutation({
    // It stays when the signed address behind it runs out, so the browser can go on with a download that broke.
    mutationFn: async (file: Download) => location.assign(await downloadAddress(client, orderId, file)),
  });
  if (files === undefined && error !== null) {
    return (
      <Notice
        kind="danger"
        title={words(error).text}
        actions={<Button onClick={() => void refetch()}>{t("common.tryAgain")}</Button>}
      />
    );
  }
  if (files === undefined) return <SkeletonRows rows={2} />;
  if (files.length === 0) return <p className="py-1 text-ink2">{t("market.purchases.noFiles")}</p>;
  return (
    <>
      <ul>
        {files.map((file) => (
          <FileRow
            key={`${file.item_id} ${file.file_id}`}
            file={file}
            pending={download.isPending && download.variables.file_id === file.file_id}
            onDownload={() => download.mutate(file)}
          />
        ))}
      </ul>
      {download.isError && (
        <div className="py-2">
          <Notice kind="danger" title={words(download.error).text} />
        </div>
      )}
      <p className="py-1 text-12 text-ink3">{t("market.purchases.links")}</p>
    </>
  );
}

function TypeIcon({ type }: { type: string }) {
  const look = { size: 16, strokeWidth: 1.75, "aria-hidden": true, className: "shrink-0 text-ink2" };
  if (type.startsWith("audio/")) return <FileAudio {...look} />;
  return /zip|tar|compressed/.test(type) ? <FileArchive {...look} /> : <FileText {...look} />;
}

interface FileRowProps {
  file: Download;
  pending: boolean;
  onDownload: () => void;
}

function FileRow({ file, pending, onDownload }: FileRowProps) {
  const { t } = useTranslation();
  const { bytes } = useFormat();
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5">
      <TypeIcon type={file.type} />
      <div className="min-w-0 grow basis-40">
        <p translate="no" className="truncate font-medium">
          {file.name}
        </p>
        <p className="flex items-center gap-1 text-12 text-ink3">
          <span>{t("market.purchases.sha256")}</span>
          <code translate="no" title={file.sha256} className="truncate font-mono">
            {file.sha256}
          </code>
          <CopyButton text={file.sha256} className="-my-1.5" />
        </p>
      </div>
      <span className="text-ink2 tabular-nums">{bytes(file.size)}</span>
      <Button
        icon={DownloadIcon}
        pending={pending}
        aria-label={t("market.purchases.downloadOf", { name: file.name })}
        onClick={onDownload}
      >
        {t("market.purchases.download")}
      </Button>
    </li>
  );
}
