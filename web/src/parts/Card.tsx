import { RotateCw } from "lucide-react";
import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useProblemWords } from "@/api/problemWords";
import { Button } from "./Button";
import { CopyButton } from "./CopyButton";
import { Notice, StaleStrip } from "./Notice";
import { SkeletonLine, SkeletonRows } from "./Skeleton";

/** What a card knows. One size for all: title, sentence, body and foot keep their places. */
export type CardState =
  | { kind: "ready" }
  | { kind: "loading" }
  /** Nothing there: `sentence` says what is empty, `why` the reason and what to do, `action` does it. */
  | { kind: "empty"; sentence: string; why: ReactNode; action?: ReactNode; foot?: ReactNode }
  /** It failed: `sentence` says what, `retry` tries again, `alternative` is another way out. */
  | { kind: "error"; sentence: string; error: unknown; retry: () => void; alternative?: ReactNode }
  /** The last good data stay: `title` says as of when ("As of 13:46."), `note` why. */
  | { kind: "stale"; title: string; note: string }
  /** Too little to say: how much there is and is needed, drawn, and from when. */
  | { kind: "notEnough"; sentence: string; drawing?: ReactNode; why: ReactNode; from?: ReactNode };

const ready: CardState = { kind: "ready" };

interface CardProps {
  /** The question that the card answers: "Where do people listen?" */
  title: string;
  /** One sentence made from the data: "France leads with 31 % of 12,408 plays." */
  sentence?: ReactNode;
  state?: CardState;
  /** The sentence stands beside the title, not under it, and not on a phone: for a legend. */
  inline?: boolean;
  /** Icon buttons at the top right: table, CSV. Shown with data only. */
  tools?: ReactNode;
  /** The foot of 40: where more of it is. */
  foot?: ReactNode;
  /** What stands while loading, in the measures of the body; nine rows of a breakdown unless told. */
  skeleton?: ReactNode;
  children: ReactNode;
  className?: string;
}

export function Card({
  title,
  sentence,
  inline = false,
  state = ready,
  tools,
  foot,
  skeleton,
  children,
  className = "",
}: CardProps) {
  const titleId = useId();
  const hasData = state.kind === "ready" || state.kind === "stale";
  const sentenceLine =
    state.kind === "loading" ? (
      <SkeletonLine width="55%" className="mt-1.5" />
    ) : (
      <p className="text-ink2">{"sentence" in state ? state.sentence : sentence}</p>
    );
  return (
    <section
      aria-labelledby={titleId}
      aria-busy={state.kind === "loading" || undefined}
      className={`flex min-w-0 flex-col rounded-8 border bg-surface ${className}`}
    >
      <header className={`px-4 pt-4 pb-3 ${inline ? "" : "min-h-17"}`}>
        <div className="flex items-start gap-5 max-md:flex-wrap max-md:gap-y-3">
          <h2 id={titleId} className={`truncate font-semibold ${inline ? "md:shrink-0" : "grow"}`}>
            {title}
          </h2>
          {inline && (
            <div className={`min-w-0 grow ${"sentence" in state ? "" : "max-md:hidden"}`}>{sentenceLine}</div>
          )}
          {hasData && tools !== undefined && (
            <div className="-mr-2 ml-auto flex h-5 shrink-0 items-center [&_fieldset]:mr-2">{tools}</div>
          )}
        </div>
        {!inline && sentenceLine}
      </header>
      <div className="min-w-0 grow px-4 pb-4">
        <Body state={state} skeleton={skeleton}>
          {children}
        </Body>
      </div>
      <Foot state={state}>{foot}</Foot>
    </section>
  );
}

function Body({ state, skeleton, children }: { state: CardState; skeleton: ReactNode; children: ReactNode }) {
  switch (state.kind) {
    case "ready":
      return children;
    case "loading":
      return skeleton ?? <SkeletonRows />;
    case "empty":
      return (
        <div className="flex flex-col items-start gap-4 text-ink2">
          <div className="max-w-prose">{state.why}</div>
          {state.action}
        </div>
      );
    case "error":
      return <Failure {...state} />;
    case "stale":
      return (
        <>
          <div className="mb-2">
            <StaleStrip title={state.title}>{state.note}</StaleStrip>
          </div>
          {children}
        </>
      );
    case "notEnough":
      return (
        <div className="flex flex-col gap-4 text-ink2">
          {state.drawing}
          <div className="max-w-prose">{state.why}</div>
          {state.from !== undefined && <p className="font-medium text-ink">{state.from}</p>}
        </div>
      );
  }
}

function Failure({ error, retry, alternative }: Extract<CardState, { kind: "error" }>) {
  const { t } = useTranslation();
  const words = useProblemWords();
  return (
    <div className="flex flex-col items-start gap-4">
      <div className="w-full">
        <Notice kind="danger" title={words(error).text}>
          {t("states.restIsFine")}
        </Notice>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button icon={RotateCw} onClick={retry}>
          {t("common.tryAgain")}
        </Button>
        {alternative}
      </div>
    </div>
  );
}

/** The foot is always there when the card has one, so that the frame doesn't move between states. */
function Foot({ state, children }: { state: CardState; children: ReactNode }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  let content = children;
  if (state.kind === "loading" && children !== undefined) content = <SkeletonLine width="20%" />;
  if (state.kind === "empty") content = state.foot ?? children;
  if (state.kind === "error") {
    const code = t("states.code", { code: words(state.error).code });
    content = (
      <>
        <span className="text-12 text-ink3">{code}</span>
        <CopyButton text={code} className="-mr-2" />
      </>
    );
  }
  if (content === undefined) return null;
  return (
    <footer className="flex min-h-10 items-center justify-between gap-4 border-t px-4 font-medium">
      {content}
    </footer>
  );
}
