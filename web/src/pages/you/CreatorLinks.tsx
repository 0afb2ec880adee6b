import { ChartNoAxesColumn, Music } from "lucide-react";
import { Trans, useTranslation } from "react-i18next";
import { ButtonLink } from "@/parts/Button";
import { Section } from "@/parts/Section";

/** For those who are creators already: the way to their tracks and numbers. */
export function CreatorLinks({ name }: { name: string }) {
  const { t } = useTranslation();
  return (
    <Section
      title={t("you.creator.isTitle")}
      sentence={
        <Trans
          t={t}
          i18nKey="you.creator.isSentence"
          values={{ name }}
          components={{ name: <b translate="no" className="font-semibold text-ink" /> }}
        />
      }
    >
      <div className="flex flex-wrap gap-2">
        <ButtonLink to="/tracks" icon={Music}>
          {t("nav.tracks")}
        </ButtonLink>
        <ButtonLink to="/analytics" icon={ChartNoAxesColumn}>
          {t("nav.analytics")}
        </ButtonLink>
      </div>
    </Section>
  );
}
