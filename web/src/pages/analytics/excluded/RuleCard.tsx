import { useTranslation } from "react-i18next";
import { Card } from "@/parts/Card";
import { everyOutcome, reasons } from "../plays/playsBehind";

/** The rule in words: what each outcome and each reason means. */
export function RuleCard() {
  const { t } = useTranslation();
  const outcomes = everyOutcome.filter((outcome) => outcome !== "excluded");
  return (
    <Card title={t("analytics.excluded.rule")} sentence={t("analytics.excluded.ruleSentence")}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
        {outcomes.map((outcome) => (
          <Meaning
            key={outcome}
            name={t(`analytics.outcomes.${outcome}`)}
            text={t(`analytics.why.${outcome}`)}
          />
        ))}
        {reasons.map((reason) => (
          <Meaning key={reason} name={t(`analytics.reasons.${reason}`)} text={t(`analytics.why.${reason}`)} />
        ))}
      </dl>
    </Card>
  );
}

function Meaning({ name, text }: { name: string; text: string }) {
  return (
    <>
      <dt className="font-medium whitespace-nowrap">{name}</dt>
      <dd className="text-ink2">{text}</dd>
    </>
  );
}
