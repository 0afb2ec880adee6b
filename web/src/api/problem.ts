/** What the API answers when it refuses or fails: RFC 9457. */

interface ProblemBody {
  code: string;
  detail: string;
  field?: string;
}

/** A refusal or failure of the API, with its stable code. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly status: number,
    readonly code: string,
    /** In English: what is wrong, and what would be right. */
    detail: string,
    /** The offending field or parameter, with 422 and some 409. */
    readonly field?: string,
    /** Seconds until it makes sense to try again. */
    readonly retryAfter?: number,
    /** The whole answer: some problems carry more, such as the new quote with `price_changed`. */
    readonly body: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
  }
}

function isProblemBody(body: unknown): body is ProblemBody {
  return typeof body === "object" && body !== null && "code" in body && typeof body.code === "string";
}

/** The problem that a failed response carries; a body that is none (a proxy's page) becomes `bad_answer`. */
export function problemOf(response: Response, body: unknown): ApiProblem {
  const retryAfter = Number(response.headers.get("Retry-After")) || undefined;
  if (!isProblemBody(body)) {
    return new ApiProblem(
      response.status,
      "bad_answer",
      `${response.status} ${response.statusText}`,
      undefined,
      retryAfter,
    );
  }
  return new ApiProblem(response.status, body.code, body.detail, body.field, retryAfter, { ...body });
}
