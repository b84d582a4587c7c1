import { createClient, type Client as WsClient } from "graphql-ws/client";
import { ApiError, failureOf, type Client, type GraphQLFailure } from "./client.ts";

const PING_EVERY_MS = 25_000;
const PONG_WITHIN_MS = 5_000;
const ACK_WITHIN_MS = 8_000;
const ASLEEP_AFTER_MS = 5_000;
const TOKEN_REFUSED = [4401, 4403];

/**
 * One websocket for all subscriptions of the page.
 *
 * It does not reconnect by itself: a subscription that ends is begun again by its owner, who
 * knows from which event to go on.
 */
export class Socket {
  readonly #client: WsClient;
  readonly #api: Client;
  readonly #ends = new AbortController();

  constructor(api: Client) {
    this.#api = api;
    this.#client = createClient({
      url: address(),
      retryAttempts: 0,
      keepAlive: PING_EVERY_MS,
      connectionAckWaitTimeout: ACK_WITHIN_MS,
      connectionParams: () => (api.session.accessToken ? { token: api.session.accessToken } : {}),
      on: this.#watchdog(),
    });
    this.#leaveDeadSockets();
  }

  /** The results of a subscription, until the socket ends (`ApiError` with code SOCKET) or the server refuses. */
  async *subscribe<T>(query: string, variables: Record<string, unknown>, onOpen: () => void): AsyncGenerator<T> {
    const unwatch = this.#client.on("connected", onOpen);
    try {
      for await (const result of this.#client.iterate<T>({ query, variables })) {
        if (result.errors?.length) throw failureOf(result.errors as readonly GraphQLFailure[]);
        if (result.data) yield result.data;
      }
    } catch (error) {
      throw await this.#explain(error);
    } finally {
      unwatch();
    }
  }

  close(): void {
    this.#ends.abort();
    void this.#client.dispose();
  }

  async #explain(error: unknown): Promise<ApiError> {
    if (error instanceof ApiError) return error;
    if (Array.isArray(error)) return failureOf(error as GraphQLFailure[]);
    const code = (error as CloseEvent | null)?.code;
    if (code !== undefined && TOKEN_REFUSED.includes(code)) await this.#api.renew().catch(() => false);
    return new ApiError("SOCKET", String(code ?? error));
  }

  /** A ping that no pong answers means that the socket is dead, whatever its state says. */
  #watchdog() {
    let bark: ReturnType<typeof setTimeout> | undefined;
    return {
      ping: (received: boolean) => {
        if (!received) bark = setTimeout(() => this.#client.terminate(), PONG_WITHIN_MS);
      },
      pong: (received: boolean) => {
        if (received) clearTimeout(bark);
      },
      closed: () => clearTimeout(bark),
    };
  }

  /** Phones suspend a page's sockets a few seconds after it is hidden, and may never say so. */
  #leaveDeadSockets(): void {
    const { signal } = this.#ends;
    let hiddenAt = Infinity;
    const onVisibility = () => {
      if (document.hidden) hiddenAt = Date.now();
      else if (Date.now() - hiddenAt > ASLEEP_AFTER_MS) this.#client.terminate();
    };
    document.addEventListener("visibilitychange", onVisibility, { signal });
    window.addEventListener("offline", () => this.#client.terminate(), { signal });
  }
}

function address(): string {
  const url = new URL("/graphql", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.search = url.hash = "";
  return url.href;
}
