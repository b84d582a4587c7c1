import { TOKEN_REFRESH } from "./documents.ts";
import type { Session } from "./session.ts";
import type { Tokens } from "./types.ts";

const ENDPOINT = "/graphql";
const TIMEOUT_MS = 15_000;

/** The request as a whole failed; what a mutation refuses comes as data, in `userErrors`. */
export class ApiError extends Error {
  readonly code: string;
  readonly retryAfterS: number;

  constructor(code: string, message: string, retryAfterS = 0) {
    super(message);
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

export interface GraphQLFailure {
  message: string;
  extensions?: { code?: string };
}

export function failureOf(errors: readonly GraphQLFailure[]): ApiError {
  const first = errors[0];
  return new ApiError(first?.extensions?.code ?? "INTERNAL", first?.message ?? "");
}

/** Sends one operation over HTTP, renewing a token that has expired once. */
export class Client {
  readonly session: Session;
  readonly #language: string;
  #renewing: Promise<boolean> | null = null;

  constructor(session: Session, language: string) {
    this.session = session;
    this.#language = language;
  }

  async request<T>(query: string, variables: object = {}): Promise<T> {
    try {
      return await this.#send<T>(query, variables);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "UNAUTHENTICATED" || !(await this.renew())) throw error;
      return this.#send<T>(query, variables);
    }
  }

  /** Replace an access token that is no longer taken; false when the viewer is a visitor from now on. Throws as `request`. */
  renew(): Promise<boolean> {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  /** A token is only given up when the shop refuses it: a lost network says nothing about it. */
  async #renew(): Promise<boolean> {
    const { refreshToken } = this.session;
    const tokens = refreshToken ? await this.#exchange(refreshToken) : null;
    if (tokens) this.session.begin(tokens);
    else this.session.end();
    return tokens !== null;
  }

  async #exchange(refreshToken: string): Promise<Tokens | null> {
    const input = { refreshToken };
    const answer = await this.#send<{ tokenRefresh: { tokens: Tokens | null } }>(TOKEN_REFRESH, { input }, null);
    return answer.tokenRefresh.tokens;
  }

  async #send<T>(query: string, variables: object, token = this.session.accessToken): Promise<T> {
    const response = await this.#post(JSON.stringify({ query, variables }), token);
    const retryAfterS = Number(response.headers.get("retry-after")) || 0;
    if (response.status === 401) throw new ApiError("UNAUTHENTICATED", "");
    if (response.status === 429) throw new ApiError("RATE_LIMITED", "", retryAfterS);
    const answer = (await response.json().catch(() => null)) as { data?: T; errors?: GraphQLFailure[] } | null;
    if (answer?.errors?.length) throw failureOf(answer.errors);
    if (!answer?.data) throw new ApiError("UNAVAILABLE", "", retryAfterS);
    return answer.data;
  }

  async #post(body: string, token: string | null): Promise<Response> {
    const headers: Record<string, string> = {
      "content-type": "application/json",
      accept: "application/json",
      "accept-language": this.#language,
    };
    if (token) headers["authorization"] = `Bearer ${token}`;
    try {
      return await fetch(ENDPOINT, { method: "POST", headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch {
      throw new ApiError("OFFLINE", "");
    }
  }
}

/** A key for one intent of the viewer; `randomUUID` is missing on plain-http addresses in a local network. */
export function newKey(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
