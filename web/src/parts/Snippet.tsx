import { CopyButton } from "./CopyButton";

/** Code to be copied, as it is. */
export function Snippet({ code }: { code: string }) {
  return (
    <div className="relative w-full rounded-8 border bg-bg">
      {/* Scrolls sideways, so the keyboard must reach it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} translate="no" className="overflow-x-auto p-3 pr-10 font-mono text-12 text-ink">
        {code}
      </pre>
      <CopyButton text={code} className="absolute top-1 right-1" />
    </div>
  );
}
