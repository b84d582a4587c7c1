import type { Api } from "./api.js";
import { ApiError } from "./failures.js";
import { type Timings } from "./waits.js";
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
/** One websocket for all subscriptions, opened anew as long as there are any. */
export declare class Socket {
    state: SocketState;
    /** Sockets in a row that did not last. */
    failures: number;
    private readonly api;
    private readonly timings;
    private readonly url;
    private readonly webSocket;
    private client;
    private readonly operations;
    private readonly watchers;
    private failure;
    private raw;
    private connectedAt;
    private sleptAt;
    private token;
    private refusals;
    private isReviving;
    private timers;
    constructor(url: string, webSocket: unknown, api: Api, timings: Timings);
    /** Run a subscription until the returned function is called or it ends with an error of its own. */
    subscribe<T>(operation: Operation<T>): () => void;
    /** Hear of each change of state. */
    watch(watcher: () => void): () => void;
    /** The client went to the background: a while later it is cut off, and hears nothing that it could rely on. */
    sleep(): void;
    /** The client or its network is back after so long: sockets that died in the meantime may not say so. */
    wake(awayMs?: number): void;
    /** The viewer is somebody else now, who may be let in where the one before was not. */
    reconnect(): void;
    /** The network is gone. */
    cut(): void;
    close(): void;
    get isHidden(): boolean;
    /** Whether it has been hidden for so long that nothing can be relied on. */
    get isAsleep(): boolean;
    private connect;
    private run;
    private drop;
    /** Never at once: graphql-ws may still be about to hear that its socket is gone. */
    private openIn;
    private open;
    private identify;
    private connecting;
    private connected;
    /** Ask for a sign of life. Control frames of websockets cannot be seen in a mini-program: the protocol has its own. */
    private ask;
    private revive;
    /** The socket is gone. An error and the close that follows it tell the same. */
    private lost;
    private comeBack;
    private retry;
    /** Come back with another token, or as a visitor if there is none any more. */
    private renew;
    private fail;
    private enter;
    private later;
    private stop;
}
