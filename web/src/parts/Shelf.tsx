import { useId, type ReactNode } from "react";

interface ShelfProps {
  title: string;
  sentence?: ReactNode;
  /** Where more of it is: a link at the right. */
  more?: ReactNode;
  children: ReactNode;
}

/** A part of a shop's page: a title in one line with its sentence, and what stands on it. */
export function Shelf({ title, sentence, more, children }: ShelfProps) {
  const titleId = useId();
  return (
    <section aria-labelledby={titleId}>
      <header className="mb-4 flex flex-wrap items-baseline gap-x-3">
        <h2 id={titleId} className="text-16 font-semibold">
          {title}
        </h2>
        {sentence !== undefined && <p className="text-ink2">{sentence}</p>}
        {more !== undefined && <span className="ml-auto font-medium">{more}</span>}
      </header>
      {children}
    </section>
  );
}
