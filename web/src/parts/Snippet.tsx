import { CopyButton } from "./CopyButton";

/** Code to be copied, as it is. */
export function Snippet({ code }: { code: string }) {
  return (
    <div className="flex w-full items-start rounded-8 border bg-bg">
      {/* Scrolls sideways, so the keyboard must reach it. */}
      {/* oxlint-disable jsx-a11y/no-noninteractive-tabindex */}
      <pre
        tabIndex={0}
        translate="no"
        className="min-w-0 grow overflow-x-auto p-3 font-mono text-12 text-ink"
      >
        {code}
      </pre>
      <CopyButton text={code} className="m-1" />
    </div>
  );
}
