import { useTranslation } from "react-i18next";
import { useFormat } from "@/format/useFormat";
import { Avatar } from "@/parts/Avatar";
import { useRange } from "../range";
import type { Dispute, Happening } from "./disputes";

/** Who said and did what, from the purchase on; the step that is awaited is dashed. */
export function TimeLine({ dispute }: { dispute: Dispute }) {
  const { t } = useTranslation();
  const over = dispute.status === "resolved" || dispute.status === "withdrawn";
  return (
    <ol className="flex flex-col gap-4">
      {dispute.history.map((happening) => (
        <li key={`${happening.at} ${happening.kind} ${happening.text ?? ""}`} className="flex gap-3">
          <Mark name={happening.side === "admin" ? null : happening.name} />
          <Step dispute={dispute} happening={happening} />
        </li>
      ))}
      {!over && (
        <li className="flex gap-3">
          <span aria-hidden className="size-7 shrink-0 rounded-full border border-dashed border-line2" />
          <p className="pt-1 text-ink3">{t(`admin.disputes.awaited.${awaited(dispute)}`)}</p>
        </li>
      )}
    </ol>
  );
}

function awaited({ status }: Dispute): "seller" | "admin" {
  return status === "open" ? "seller" : "admin";
}

/** Initials of a person; a square for the house, and for what happened by itself. */
function Mark({ name }: { name: string | null }) {
  if (name === null) {
    return <span aria-hidden className="m-1 size-5 shrink-0 rounded-4 bg-sunken" />;
  }
  return <Avatar name={name} />;
}

function Step({ dispute, happening }: { dispute: Dispute; happening: Happening }) {
  const { t } = useTranslation();
  const range = useRange();
  const format = useFormat(range.zone);
  const { kind, at, side, name, text, resolution, amount_minor } = happening;
  // What the buyer wrote when opening it stands with the opening.
  const words = kind === "opened" ? dispute.details : text;
  return (
    <div className="min-w-0">
      <p>
        <b className="font-semibold">{t(`admin.disputes.kinds.${kind}`)}</b>{" "}
        <span className="text-12 text-ink3">
          {side !== null && t(`admin.disputes.sides.${side}`)}{" "}
          {name !== null && <span translate="no">{name}</span>}
          {" · "}
          {format.dateTime(at)}
        </span>
      </p>
      {resolution !== null && <p className="font-medium">{t(`admin.disputes.resolutions.${resolution}`)}</p>}
      {amount_minor !== null && (
        <p className="tabular-nums">{format.money(amount_minor, dispute.currency)}</p>
      )}
      {words !== null && (
        <p translate="no" className="max-w-prose break-words whitespace-pre-wrap text-ink2">
          {words}
        </p>
      )}
    </div>
  );
}
