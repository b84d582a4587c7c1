import { Api, type Credentials, type Post } from "./api.js";
import { type Numbered, type RoomDocuments, type RoomSink, type Snapshot, type Stream } from "./room.js";
import { type Operation, Socket } from "./socket.js";
import { type Timings } from "./waits.js";
export interface PondOptions {
    /** The endpoint over HTTP, `https://shop.example/graphql`. */
    url: string;
    /** The same over websockets; by default `url` with wss. */
    socketUrl?: string;
    credentials?: Credentials;
    /** `zh-CN` or `en`: the language of messages. */
    language?: string;
    timings?: Partial<Timings>;
}
/** What a platform brings along. */
export interface Platform {
    post: Post;
    /** A class like the browser's `WebSocket`. */
    webSocket: unknown;
    stream?: (api: Api, timings: Timings) => Stream;
}
/** A client of one shop: requests over HTTP, and one websocket for all rooms and other subscriptions. */
export declare class Pond {
    readonly api: Api;
    readonly socket: Socket;
    private readonly naps;
    private readonly rooms;
    private readonly timings;
    private readonly stream;
    constructor(options: PondOptions, platform: Platform);
    /** The data of a query or mutation. Throws `ApiError`. */
    request<T>(query: string, variables?: object): Promise<T>;
    /** Keep a sink up to date with a room until the returned function is called. */
    follow<S extends Snapshot, E extends Numbered>(roomId: string, documents: RoomDocuments, sink: RoomSink<S, E>): () => void;
    /** Run any other subscription on the same socket until the returned function is called. After each reconnect it begins anew. */
    subscribe<T>(operation: Operation<T>): () => void;
    /** The viewer is somebody else now: come back to the socket as them. */
    reconnect(): void;
    /** The client went to the background. */
    sleep(): void;
    /** The client is back in the foreground, after so many ms; by default, since `sleep`. */
    wake(awayMs?: number): void;
    /** The network came or went. In the background that is no news: the client is cut off anyway. */
    online(isOnline: boolean): void;
    /** Leave all rooms and end everything else. */
    close(): void;
}
