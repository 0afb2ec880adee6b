import { useTranslation } from "react-i18next";
import { ApiProblem } from "./problem";

export interface ProblemWords {
  /** A sentence in the reader's language. */
  text: string;
  /** The stable code, for whoever helps: `query_timeout`, or `unreachable` when no answer came. */
  code: string;
}

/** Puts any error of a request into words. */
export function useProblemWords(): (error: unknown) => ProblemWords {
  const { t, i18n } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiProblem)) {
      // fetch rejects with a TypeError when there was no answer at all.
      const code = error instanceof TypeError ? "unreachable" : "failed_here";
      return { text: t(`problems.${code}`), code };
    }
    const key = `problems.${error.code}`;
    const text = i18n.exists(key)
      ? t(key as "problems.internal")
      : t("problems.other", { detail: error.message });
    return { text, code: error.code };
  };
}
