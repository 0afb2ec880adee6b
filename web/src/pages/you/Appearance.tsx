import { useTranslation } from "react-i18next";
import { Section } from "@/parts/Section";
import { Segmented } from "@/parts/Segmented";
import { setTheme, themes, useTheme } from "@/shell/theme";

/** Light, dark, or as the system has it; on this device only. */
export function Appearance() {
  const { t } = useTranslation();
  const options = themes.map((theme) => ({ value: theme, label: t(`theme.${theme}`) }));
  return (
    <Section title={t("theme.title")} sentence={t("theme.sentence")}>
      <Segmented label={t("theme.title")} options={options} value={useTheme()} onChange={setTheme} />
    </Section>
  );
}
