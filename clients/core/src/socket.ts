import { type Client, createClient } from "graphql-ws/client";
import type { Api } from "./api.ts";
import { ApiError, failureOf, type GraphQLFailure } from "./failures.ts";
import { backoffMs, type Timings } from "./waits.ts";

export type SocketState = "idle" | "connecting" | "live" | "waiting" | "failed";

/** A subscription that outlives its sockets: it is begun again on each, with the variables of then. */
export interface Operation<T> {
  query: string;
  variables(): Record<string, unknown>;
  next(data: T): void;
  /** A stream of its own is open. */
  opened?(): void;
  /** It is over, whatever becomes of the socket. */
  error(error: ApiError): void;
}

interface Raw {
  readyState: number;
  send(text: string): void;
}

const OPEN = 1;
const TOKEN_REFUSED = 4401;
const REFUSALS_MOST = 3;
/** We broke the protocol or may not come in: another attempt would end alike. */
const FINAL = [4400, 4403, 4406, 4409];
/** One websocket for all subscriptions, opened anew as long as there are any. */
export class Socket {
  state: SocketState = "idle";
  /** Sockets in a row that did not last. */
  failures = 0;
  private readonly api: Api;
  private readonly timings: Timings;
  private readonly url: string;
  private readonly webSocket: unknown;
  private client: Client | null = null;
  private readonly operations = new Map<Operation<any>, (() => void) | null>();
  private readonly watchers = new Set<() => void>();
  private failure: ApiError | null = null;
  private raw: Raw | null = null;
  private connectedAt = Infinity;
  private sleptAt: number | null = null;
  private token: string | null = null;
  private refusals = 0;
  private isReviving = false;
  private timers: { [purpose: string]: ReturnType<typeof setTimeout> } = {};

  constructor(url: string, webSocket: unknown, api: Api, timings: Timings) {
    this.url = url;
    this.webSocket = webSocket;
    this.api = api;
    this.timings = timings;
  }

  /** Run a subscription until the returned function is called or it ends with an error of its own. */
  subscribe<T>(operation: Operation<T>): () => void {
    if (this.failure) {
      const { failure } = this;
      setTimeout(() => operation.error(failure), 0);
      return () => {};
    }
    this.operations.set(operation, null);
    if (this.state !== "waiting") this.run(operation);
    return () => this.drop(operation);
  }

  /** Hear of each change of state. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  /** The client went to the background: a while later it is cut off, and hears nothing that it could rely on. */
  sleep(): void {
    this.sleptAt = Date.now();
    this.later("rest", this.timings.asleepAfterMs, () => this.cut());
  }

  /** The client or its network is back after so long: sockets that died in the meantime may not say so. */
  wake(awayMs = this.sleptAt === null ? 0 : Date.now() - this.sleptAt): void {
    this.sleptAt = null;
    this.stop("rest");
    if (this.state === "waiting") this.openIn(0);
    else if (awayMs >= this.timings.asleepAfterMs) this.revive();
    else if (this.state === "live") this.ask();
  }

  /** The viewer is somebody else now, who may be let in where the one before was not. */
  reconnect(): void {
    this.failure = null;
    this.refusals = 0;
    if (this.state === "failed") this.enter("idle");
    this.wake(Infinity);
  }

  /** The network is gone. */
  cut(): void {
    if (this.client) this.client.terminate();
  }

  close(): void {
    for (const operation of Array.from(this.operations.keys())) this.drop(operation);
    this.cut();
    this.stop();
    this.enter("idle");
  }

  get isHidden(): boolean {
    return this.sleptAt !== null;
  }

  /** Whether it has been hidden for so long that nothing can be relied on. */
  get isAsleep(): boolean {
    return this.sleptAt !== null && Date.now() - this.sleptAt >= this.timings.asleepAfterMs;
  }

  private connect(): Client {
    return createClient({
      url: this.url,
      webSocketImpl: this.webSocket,
      retryAttempts: 0,
      lazyCloseTimeout: this.timings.lingerMs,
      connectionParams: () => this.identify(),
      on: {
        connecting: () => this.connecting(),
        connected: (raw) => this.connected(raw as Raw),
        message: () => this.stop("bark"),
        closed: (event) => this.lost(event),
        error: (error) => this.lost(error),
      },
    });
  }

  private run<T>(operation: Operation<T>): void {
    let isOver = false;
    const end = (error: ApiError) => {
      this.drop(operation);
      operation.error(error);
    };
    const request = {
      query: operation.query,
      // Read when it is sent: the operation may have got further by other means until there is a socket.
      get variables() {
        return operation.variables();
      },
    };
    if (!this.client) this.client = this.connect();
    const stop = this.client.subscribe<T>(request, {
      next: ({ data, errors }) => {
        if (isOver || this.isAsleep) return;
        if (errors && errors.length) end(failureOf(errors as readonly GraphQLFailure[]));
        else if (data) operation.next(data);
      },
      error: (error) => {
        if (isOver) return;
        if (Array.isArray(error)) end(failureOf(error as GraphQLFailure[]));
        else this.lost(error);
      },
      complete: () => {
        if (!isOver) end(new ApiError("COMPLETED"));
      },
    });
    this.operations.set(operation, () => {
      isOver = true;
      stop();
    });
  }

  private drop(operation: Operation<any>): void {
    const stop = this.operations.get(operation);
    this.operations.delete(operation);
    if (stop) stop();
  }

  /** Never at once: graphql-ws may still be about to hear that its socket is gone. */
  private openIn(ms: number): void {
    this.later("retry", ms, () => this.open());
  }

  private open(): void {
    if (this.isAsleep) return;
    this.enter("idle");
    for (const [operation, stop] of Array.from(this.operations)) if (!stop) this.run(operation);
  }

  private identify(): { token: string } | undefined {
    this.token = this.api.credentials.token();
    return this.token ? { token: this.token } : undefined;
  }

  private connecting(): void {
    this.connectedAt = Infinity;
    this.later("open", this.timings.openWithinMs, () => this.cut());
    this.enter("connecting");
  }

  private connected(raw: Raw): void {
    if (raw.readyState !== OPEN) return;
    this.stop("open");
    this.raw = raw;
    this.connectedAt = Date.now();
    this.refusals = 0;
    this.later("ping", this.timings.pingEveryMs, () => this.ask());
    this.enter("live");
  }

  /** Ask for a sign of life. Control frames of websockets cannot be seen in a mini-program: the protocol has its own. */
  private ask(): void {
    const { pingEveryMs, pongWithinMs } = this.timings;
    this.later("ping", pingEveryMs, () => this.ask());
    if (this.raw && this.raw.readyState === OPEN) this.raw.send('{"type":"ping"}');
    if (!this.timers["bark"]) this.later("bark", pongWithinMs, () => this.cut());
  }

  private revive(): void {
    this.isReviving = true;
    this.cut();
    this.isReviving = false;
  }

  /** The socket is gone. An error and the close that follows it tell the same. */
  private lost(event: unknown): void {
    if (this.state === "waiting" || this.state === "failed") return;
    this.raw = null;
    this.stop();
    if (!this.operations.size) {
      this.enter("idle");
      return;
    }
    const stood = Date.now() - this.connectedAt >= this.timings.standsAfterMs;
    this.failures = stood || this.isReviving ? 0 : this.failures + 1;
    for (const [operation, stop] of Array.from(this.operations)) {
      this.operations.set(operation, null);
      if (stop) stop();
    }
    const { code, reason } = closeOf(event);
    if (FINAL.indexOf(code) >= 0) this.fail(new ApiError("SOCKET_REFUSED", `${code} ${reason}`));
    else this.comeBack(code);
  }

  private comeBack(code: number): void {
    this.enter("waiting");
    if (this.isHidden) return;
    if (code === TOKEN_REFUSED && ++this.refusals <= REFUSALS_MOST) void this.renew(this.token);
    else if (code === TOKEN_REFUSED) this.fail(new ApiError("UNAUTHENTICATED"));
    else this.retry(code);
  }

  private retry(code: number): void {
    const [least, spread] = this.timings.stayAwayMs[code] || [0, 0];
    const backoff = backoffMs(Math.max(this.failures - 1, 0), this.timings);
    const wait = this.isReviving ? 0 : Math.max(backoff, least + spread * Math.random());
    this.openIn(wait);
  }

  /** Come back with another token, or as a visitor if there is none any more. */
  private async renew(refused: string | null): Promise<void> {
    try {
      if (this.api.credentials.token() === refused) await this.api.renew();
    } catch {
      this.refusals = 0; // a lost network says nothing about the token
      if (this.state === "waiting") this.retry(0);
      return;
    }
    if (this.state !== "waiting") return;
    if (this.api.credentials.token() === refused) this.fail(new ApiError("UNAUTHENTICATED"));
    else this.openIn(0);
  }

  private fail(failure: ApiError): void {
    this.failure = failure;
    const operations = Array.from(this.operations.keys());
    this.operations.clear();
    this.enter("failed");
    for (const operation of operations) operation.error(failure);
  }

  private enter(state: SocketState): void {
    this.state = state;
    for (const watcher of Array.from(this.watchers)) watcher();
  }

  private later(purpose: string, ms: number, call: () => void): void {
    this.stop(purpose);
    this.timers[purpose] = setTimeout(() => {
      delete this.timers[purpose];
      call();
    }, ms);
  }

  private stop(purpose?: string): void {
    for (const name of purpose ? [purpose] : Object.keys(this.timers)) {
      clearTimeout(this.timers[name]);
      delete this.timers[name];
    }
  }
}

function closeOf(event: unknown): { code: number; reason: string } {
  const { code, reason } = (event || {}) as { code?: unknown; reason?: unknown };
  return { code: typeof code === "number" ? code : 1006, reason: String(reason || "") };
}
