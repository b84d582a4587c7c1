import { Api, type Credentials, type Post } from "./api.ts";
import { type Numbered, Room, type RoomDocuments, type RoomSink, type Snapshot, type Stream } from "./room.ts";
import { type Operation, Socket } from "./socket.ts";
import { Naps, TIMINGS, type Timings } from "./waits.ts";

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

const VISITOR: Credentials = { token: () => null };

/** A client of one shop: requests over HTTP, and one websocket for all rooms and other subscriptions. */
export class Pond {
  readonly api: Api;
  readonly socket: Socket;
  private readonly naps = new Naps();
  private readonly rooms = new Set<{ leave(): void }>();
  private readonly timings: Timings;
  private readonly stream: Stream | null;

  constructor(options: PondOptions, platform: Platform) {
    const { url, socketUrl = url.replace(/^http/, "ws"), credentials = VISITOR, language = "zh-CN" } = options;
    this.timings = Object.assign({}, TIMINGS, options.timings);
    this.api = new Api(url, platform.post, credentials, language);
    this.socket = new Socket(socketUrl, platform.webSocket, this.api, this.timings);
    this.stream = platform.stream ? platform.stream(this.api, this.timings) : null;
  }

  /** The data of a query or mutation. Throws `ApiError`. */
  request<T>(query: string, variables: object = {}): Promise<T> {
    return this.api.request<T>(query, variables);
  }

  /** Keep a sink up to date with a room until the returned function is called. */
  follow<S extends Snapshot, E extends Numbered>(
    roomId: string,
    documents: RoomDocuments,
    sink: RoomSink<S, E>,
  ): () => void {
    const { api, socket, naps, timings, stream } = this;
    const room = new Room({ api, socket, naps, timings, stream }, roomId, documents, sink);
    this.rooms.add(room);
    return () => {
      this.rooms.delete(room);
      room.leave();
    };
  }

  /** Run any other subscription on the same socket until the returned function is called. After each reconnect it begins anew. */
  subscribe<T>(operation: Operation<T>): () => void {
    return this.socket.subscribe(operation);
  }

  /** The viewer is somebody else now: come back to the socket as them. */
  reconnect(): void {
    this.socket.reconnect();
  }

  /** The client went to the background. */
  sleep(): void {
    this.socket.sleep();
  }

  /** The client is back in the foreground, after so many ms; by default, since `sleep`. */
  wake(awayMs?: number): void {
    this.socket.wake(awayMs);
    this.naps.wake();
  }

  /** The network came or went. In the background that is no news: the client is cut off anyway. */
  online(isOnline: boolean): void {
    if (!isOnline) this.socket.cut();
    else if (!this.socket.isHidden) this.wake(0);
  }

  /** Leave all rooms and end everything else. */
  close(): void {
    for (const room of Array.from(this.rooms)) room.leave();
    this.rooms.clear();
    this.socket.close();
    this.naps.wake();
  }
}
