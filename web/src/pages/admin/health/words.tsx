import { useTranslation } from "react-i18next";
import type { ReactNode } from "react";

const reasons = [
  "unknown_track",
  "impossible_time",
  "own_play",
  "too_short",
  "already_counted",
  "bot",
] as const;
const codes = ["undecodable", "not_a_uuid", "out_of_range"] as const;

const raw = (key: string): ReactNode => <span translate="no">{key}</span>;

/** Reasons and codes in words; one that this version doesn't know is shown as it is. */
export function useReasonWords() {
  const { t } = useTranslation();
  return {
    reason: (key: string): ReactNode => {
      const known = reasons.find((reason) => reason === key);
      return known === undefined ? raw(key) : t(`admin.reasons.${known}`);
    },
    code: (key: string): ReactNode => {
      const known = codes.find((code) => code === key);
      return known === undefined ? raw(key) : t(`admin.codes.${known}`);
    },
    whatToDo: (key: string, fallback: string): ReactNode => {
      const known = codes.find((code) => code === key);
      return known === undefined ? raw(fallback) : t(`admin.whatToDo.${known}`);
    },
  };
}
