/** What went wrong on the way or for now: the same request may succeed later. */
const PASSING = ["COMPLETED", "INTERNAL", "OFFLINE", "OVERLOADED", "RATE_LIMITED", "TIMEOUT", "UNAVAILABLE"];

/** The request as a whole failed; what a mutation refuses comes as data, in `userErrors`. */
export class ApiError extends Error {
  readonly code: string;
  readonly retryAfterS: number;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;

  constructor(code: string, message = "", retryAfterS = 0, retryable = PASSING.indexOf(code) >= 0) {
    super(message);
    this.code = code;
    this.retryAfterS = retryAfterS;
    this.retryable = retryable;
  }
}

export interface GraphQLFailure {
  readonly message: string;
  readonly extensions?: { readonly code?: unknown; readonly retryable?: unknown; readonly retryAfterSeconds?: unknown };
}

export function failureOf(errors: readonly GraphQLFailure[], retryAfterS = 0): ApiError {
  const { message = "", extensions = {} } = errors[0] || {};
  const code = typeof extensions.code === "string" ? extensions.code : "INTERNAL";
  const retryable = typeof extensions.retryable === "boolean" ? extensions.retryable : undefined;
  return new ApiError(code, message, Number(extensions.retryAfterSeconds) || retryAfterS, retryable);
}
