import i18next from "i18next";
import { expect, it } from "vitest";
import { changeLanguage, loadSection } from ".";

it("sections that are in use follow a change of language, there and back", async () => {
  await loadSection("analytics");
  expect(i18next.t("analytics.title")).toBe("Analytics");
  await changeLanguage("fr");
  expect(i18next.t("analytics.title")).toBe("Analyses");
  expect(i18next.t("nav.you")).toBe("Vous");
  await changeLanguage("en");
  expect(i18next.t("analytics.title")).toBe("Analytics");
});

it("a section that is asked for after the change comes in the language that is spoken by then", async () => {
  await changeLanguage("fr");
  await loadSection("tracks");
  expect(i18next.t("tracks.title")).toBe("Morceaux");
});
