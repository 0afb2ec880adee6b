import { Check, Hourglass } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Dispute } from "@/api/market/disputes";
import { useFormat } from "@/format/useFormat";
import { Avatar } from "@/parts/Avatar";
import { stepsOf, type Step } from "./happenings";

interface TimelineProps {
  dispute: Dispute;
  /** The IANA zone of its times. */
  zone: string;
}

/** Who said what, and what was decided, from the purchase on; last what is waited for. */
export function DisputeTimeline({ dispute, zone }: TimelineProps) {
  const { t } = useTranslation();
  const format = useFormat(zone);
  const { status } = dispute;
  const isOver = status === "resolved" || status === "withdrawn";
  const steps = stepsOf(dispute.history);
  return (
    <ol className="flex flex-col">
      {steps.map((step, index) => (
        <StepItem
          key={`${step.at} ${step.kind}`}
          step={step}
          dispute={dispute}
          zone={zone}
          last={isOver && index === steps.length - 1}
        />
      ))}
      {!isOver && (
        <Row
          mark={
            <span className="inline-flex size-5 items-center justify-center rounded-full border border-dashed border-ctl text-ink2">
              <Hourglass size={12} strokeWidth={1.75} aria-hidden />
            </span>
          }
          last
          title={t(status === "open" ? "disputes.waiting.seller" : "disputes.waiting.decision")}
          text={t(status === "open" ? "disputes.waiting.until" : "disputes.waiting.possible", {
            time: format.dateTime(dispute.respond_until),
            amount: format.money(dispute.left_minor, dispute.currency),
          })}
        />
      )}
    </ol>
  );
}

/** People have their initials, the house a mark. */
function StepItem({ step, dispute, zone, last }: TimelineProps & { step: Step; last: boolean }) {
  const { t } = useTranslation();
  const format = useFormat(zone);
  const time = format.dateTime(step.at);
  const money = (minor: number) => format.money(minor, dispute.currency);
  const said = step.kind === "message" || step.kind === "responded" || step.kind === "opened";
  if (said && step.side !== "admin") {
    const name = step.side === dispute.side ? t("disputes.you") : (step.name ?? "");
    return (
      <Row
        mark={<Avatar name={step.name ?? ""} small />}
        last={last}
        title={name}
        titleIsData={step.side !== dispute.side}
        note={step.side === dispute.side || step.side === null ? undefined : t(`disputes.side.${step.side}`)}
        text={step.text}
        textIsData
        time={time}
        below={step.kind === "opened" ? t("disputes.happening.opened") : undefined}
      />
    );
  }
  return (
    <Row
      mark={
        <span className="inline-flex size-5 items-center justify-center rounded-full border border-line2 text-ink2">
          <Check size={12} strokeWidth={2} aria-hidden />
        </span>
      }
      last={last}
      title={t("disputes.house")}
      text={step.kind === "message" ? step.text : houseText(step)}
      textIsData={step.kind === "message"}
      quote={step.kind === "resolved" ? step.text : undefined}
      time={time}
    />
  );

  function houseText({ kind, resolution, amount_minor, name, text, count, side }: Step): string {
    switch (kind) {
      case "purchased":
        return t("disputes.happening.purchased", { amount: money(amount_minor ?? dispute.total_minor) });
      case "downloaded":
        return t("disputes.happening.downloaded", { file: text, count });
      case "review_began":
        return t(side === null ? "disputes.happening.reviewByTime" : "disputes.happening.review");
      case "resolved":
        return resolution === null
          ? ""
          : t(`disputes.resolution.${resolution}`, { amount: money(amount_minor ?? 0) });
      case "withdrawn":
        return t("disputes.happening.withdrawn", { name });
      default:
        return text ?? "";
    }
  }
}

interface RowProps {
  mark: ReactNode;
  title: string;
  titleIsData?: boolean;
  note?: string;
  text: string | null;
  textIsData?: boolean;
  /** What the decision says, in its own words. */
  quote?: string | null;
  below?: string;
  time?: string;
  /** Nothing comes after it. */
  last: boolean;
}

function Row({
  mark,
  title,
  titleIsData = false,
  note,
  text,
  textIsData = false,
  quote,
  below,
  time,
  last,
}: RowProps) {
  return (
    <li className="relative flex gap-3 pb-4 last:pb-1">
      {!last && <span aria-hidden className="absolute top-7 bottom-0 left-3.5 border-l border-line2" />}
      <span className="flex w-7 shrink-0 justify-center">{mark}</span>
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <b translate={titleIsData ? "no" : undefined} className="font-semibold">
            {title}
          </b>
          {note !== undefined && <span className="text-12 text-ink3">{note}</span>}
          {time !== undefined && <span className="ml-auto text-12 text-ink3 tabular-nums">{time}</span>}
        </p>
        <p
          translate={textIsData ? "no" : undefined}
          className={`break-words whitespace-pre-line ${textIsData ? "" : "text-ink2"}`}
        >
          {text}
        </p>
        {quote && (
          <p translate="no" className="break-words whitespace-pre-line">
            {quote}
          </p>
        )}
        {below !== undefined && <p className="mt-1 text-12 text-ink3">{below}</p>}
      </div>
    </li>
  );
}
