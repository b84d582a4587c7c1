/** The request as a whole failed; what a mutation refuses comes as data, in `userErrors`. */
export class ApiError extends Error {
  readonly code: string;
  readonly retryAfterS: number;

  constructor(code: string, message = "", retryAfterS = 0) {
    super(message);
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

export interface GraphQLFailure {
  readonly message: string;
  readonly extensions?: { readonly code?: unknown; readonly retryAfterSeconds?: unknown };
}

/** Answers that another attempt does not change. Whatever else went wrong may pass. */
const FINAL = [
  "BAD_REQUEST",
  "BAD_USER_INPUT",
  "FORBIDDEN",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "NOT_FOUND",
  "SOCKET_REFUSED",
  "SUBSCRIPTION_LIMIT",
  "UNAUTHENTICATED",
];

export function failureOf(errors: readonly GraphQLFailure[], retryAfterS = 0): ApiError {
  const { message = "", extensions = {} } = errors[0] || {};
  const code = typeof extensions.code === "string" ? extensions.code : "INTERNAL";
  return new ApiError(code, message, Number(extensions.retryAfterSeconds) || retryAfterS);
}

/** Whether the same request may succeed later. */
export function mayPass(error: unknown): boolean {
  return error instanceof ApiError && FINAL.indexOf(error.code) < 0;
}
