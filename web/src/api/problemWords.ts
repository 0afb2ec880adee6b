import { useTranslation } from "react-i18next";
import { ApiProblem } from "./problem";
import { UploadCanceled, UploadFailed } from "./upload";

export interface ProblemWords {
  /** A sentence in the reader's language. */
  text: string;
  /** The stable code, for whoever helps: `query_timeout`, or `unreachable` when no answer came. */
  code: string;
}

/** A name for what did not come from the API itself. */
function codeOf(error: unknown): "unreachable" | "canceled" | "upload_failed" | "failed_here" {
  // fetch rejects with a TypeError when there was no answer at all.
  if (error instanceof TypeError) return "unreachable";
  if (error instanceof UploadFailed) return "upload_failed";
  return error instanceof UploadCanceled ? "canceled" : "failed_here";
}

/** Puts any error of a request into words. */
export function useProblemWords(): (error: unknown) => ProblemWords {
  const { t, i18n } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiProblem)) {
      const code = codeOf(error);
      return { text: t(`problems.${code}`), code };
    }
    // A section's own problems come with it.
    const key = ["problems", "market.problems", "listening.problems"]
      .map((place) => `${place}.${error.code}`)
      .find((name) => i18n.exists(name));
    const text =
      key === undefined
        ? t("problems.other", { detail: error.message })
        : t(key as "problems.internal", { detail: error.message });
    return { text, code: error.code };
  };
}
