import { ApiError, failureOf, type GraphQLFailure } from "./failures.ts";

/** An answer whatever its status: a mini-program hands 401, 429 and 503 to `success` like 200. */
export interface HttpAnswer {
  status: number;
  retryAfter: string | null;
  body: string;
}

/** Sends a POST. Rejects when no answer came. */
export type Post = (url: string, body: string, headers: Record<string, string>) => Promise<HttpAnswer>;

export interface Credentials {
  /** The access token to use now; null for a visitor. */
  token(): string | null;
  /** Get another one, as the present one is no longer taken; true when `token()` says a new one. Rejects when that could not be found out. */
  renew?(): Promise<boolean>;
}

/** Sends operations over HTTP, renewing a token that has expired once. */
export class Api {
  readonly credentials: Credentials;
  readonly url: string;
  private readonly post: Post;
  private readonly language: string;
  private renewing: Promise<boolean> | null = null;

  constructor(url: string, post: Post, credentials: Credentials, language: string) {
    this.url = url;
    this.post = post;
    this.credentials = credentials;
    this.language = language;
  }

  /**
   * The data of a query or mutation.
   *
   * Throws: `ApiError`; code OFFLINE when no answer came, UNAVAILABLE when it was none of the shop's.
   */
  async request<T>(query: string, variables: object = {}): Promise<T> {
    const { credentials } = this;
    const token = credentials.token();
    try {
      return await this.send<T>(query, variables, token);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "UNAUTHENTICATED") throw error;
      const hasAnother = credentials.token() === token ? await this.renew() : credentials.token() !== null;
      if (!hasAnother) throw error;
      return this.send<T>(query, variables);
    }
  }

  /** Renew the token once for all who find it expired at the same time. */
  renew(): Promise<boolean> {
    if (!this.renewing) {
      const done = () => (this.renewing = null);
      this.renewing = this.credentials.renew ? this.credentials.renew() : Promise.resolve(false);
      this.renewing.then(done, done);
    }
    return this.renewing;
  }

  /** The data of an operation as the holder of this token. Throws as `request`, but renews nothing. */
  async send<T>(query: string, variables: object, token = this.credentials.token()): Promise<T> {
    return dataOf<T>(await this.answer(JSON.stringify({ query, variables }), this.headers(token)));
  }

  headers(token = this.credentials.token()): Record<string, string> {
    const headers: Record<string, string> = {
      "content-type": "application/json",
      accept: "application/json",
      "accept-language": this.language,
    };
    if (token) headers["authorization"] = `Bearer ${token}`;
    return headers;
  }

  private async answer(body: string, headers: Record<string, string>): Promise<HttpAnswer> {
    try {
      return await this.post(this.url, body, headers);
    } catch (error) {
      throw new ApiError("OFFLINE", String(error));
    }
  }
}

/** The data of an answer. Throws `ApiError` for anything else. */
export function dataOf<T>({ status, retryAfter, body }: HttpAnswer): T {
  const retryAfterS = Number(retryAfter) || 0;
  const said = parsed<T>(body);
  const errors = (said && said.errors) || [];
  const message = errors[0] ? errors[0].message : "";
  if (status === 401) throw new ApiError("UNAUTHENTICATED", message);
  if (status === 429) throw new ApiError("RATE_LIMITED", message, retryAfterS);
  if (errors.length) throw failureOf(errors, retryAfterS);
  if (!said || !said.data) throw new ApiError("UNAVAILABLE", "", retryAfterS);
  return said.data;
}

function parsed<T>(body: string): { data?: T; errors?: GraphQLFailure[] } | null {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
