import { createPond, type Pond } from "yutang-web";
import { TOKEN_REFRESH } from "./documents.ts";
import type { Session } from "./session.ts";
import type { Tokens } from "./types.ts";

const ENDPOINT = "/graphql";

/** The shop as the viewer of this page reaches it: who they are, and one socket for all that happens. */
export class Client {
  readonly session: Session;
  readonly pond: Pond;

  constructor(session: Session, language: string) {
    this.session = session;
    const credentials = { token: () => session.accessToken, renew: () => this.#renew() };
    this.pond = createPond({ url: ENDPOINT, language, credentials });
    this.#followTheSession();
  }

  /** The data of an operation, with a token that has expired renewed once. Throws `ApiError`. */
  request<T>(query: string, variables: object = {}): Promise<T> {
    return this.pond.request<T>(query, variables);
  }

  /** A token is only given up when the shop refuses it: a lost network says nothing about it. */
  async #renew(): Promise<boolean> {
    const { refreshToken } = this.session;
    const tokens = refreshToken ? await this.#exchange(refreshToken) : null;
    if (tokens) this.session.begin(tokens);
    else this.session.end();
    return tokens !== null;
  }

  /** An expired token beside its renewal would be refused: it goes without one. */
  async #exchange(refreshToken: string): Promise<Tokens | null> {
    const answer = await this.pond.api.send<{ tokenRefresh: { tokens: Tokens | null } }>(
      TOKEN_REFRESH,
      { input: { refreshToken } },
      null,
    );
    return answer.tokenRefresh.tokens;
  }

  #followTheSession(): void {
    let isMember = this.session.accessToken !== null;
    this.session.onChange(() => {
      if (isMember === (this.session.accessToken !== null)) return;
      isMember = !isMember;
      this.pond.reconnect();
    });
  }
}
