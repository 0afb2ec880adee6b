import { useId, type ReactNode } from "react";

interface SectionProps {
  title: string;
  sentence?: ReactNode;
  children: ReactNode;
}

/** A part of a page of settings: a frame with a title, without a card's states. */
export function Section({ title, sentence, children }: SectionProps) {
  const titleId = useId();
  return (
    <section aria-labelledby={titleId} className="rounded-8 border bg-surface p-4 md:p-6">
      <h2 id={titleId} className="text-16 font-semibold">
        {title}
      </h2>
      {sentence !== undefined && <p className="max-w-prose text-ink2">{sentence}</p>}
      <div className="mt-4">{children}</div>
    </section>
  );
}
