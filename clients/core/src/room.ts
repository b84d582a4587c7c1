import type { Api } from "./api.ts";
import { ApiError } from "./failures.ts";
import type { Operation, Socket } from "./socket.ts";
import { backoffMs, type Naps, type Timings } from "./waits.ts";

export type Connection = "joining" | "live" | "polling" | "waiting";

/** The three documents of a room. Each takes `$roomId: ID!`; `$after: Long` and `$epoch: String` are the cursor of both others. */
export interface RoomDocuments {
  /** A query of `liveRoom(id: $roomId)`, with its `seq` and `epoch`. */
  room: string;
  /** A subscription to `liveRoomEvents(roomId: $roomId, after: $after, epoch: $epoch)`, with the `seq` of each. */
  events: string;
  /** A query of `liveRoomEventsSince(roomId: $roomId, after: $after, epoch: $epoch)`: events, nextAfter, nextPollMs, resyncRequired. */
  eventsSince: string;
}

export interface Numbered {
  seq: number;
}

export interface Snapshot extends Numbered {
  /** Of which life of the log `seq` is: after a restored backup, other events have the same numbers. */
  epoch?: string;
}

/** Where a room's facts go: a snapshot, then every event after it, each once and in order, until the next snapshot. */
export interface RoomSink<S extends Snapshot, E extends Numbered> {
  snapshot(room: S): void;
  event(event: E): void;
  connection?(connection: Connection): void;
  /** No event between these two came: comments that were sampled, or what only others may see. Facts that count are never left out. */
  gap?(after: number, next: number): void;
  /** It is over: there is no such room (NOT_FOUND), or the viewer may not watch it. */
  failed?(error: ApiError): void;
}

/** Another way for events to come while there is no socket; returns how to end it. */
export type Stream = <T>(operation: Operation<T>) => () => void;

interface EventPage<E> {
  events: E[];
  nextAfter: number;
  nextPollMs: number;
  resyncRequired: boolean;
}

const STREAM_FAILURES_MOST = 2;
const REFUSALS_MOST = 3;

/**
 * Keeps a sink up to date with a room, whatever happens to the network.
 *
 * The cursor is the `seq` of the last event handed on. Every source goes on after it, so that sources may overlap:
 * what one brought is skipped when another brings it too.
 */
export class Room<S extends Snapshot, E extends Numbered> {
  private readonly api: Api;
  private readonly socket: Socket;
  private readonly naps: Naps;
  private readonly timings: Timings;
  private readonly stream: Stream | null;
  private readonly documents: RoomDocuments;
  private readonly sink: RoomSink<S, E>;
  private readonly roomId: string;
  private readonly unwatch: () => void;
  private connection: Connection | null = null;
  private after = 0;
  private epoch: string | undefined;
  /** Rises with each snapshot: what was asked for before it is no news. */
  private age = 0;
  private isOver = false;
  private hasJoined = false;
  private isFallingBack = false;
  /** How often in a row the viewer was refused, and the subscription ended, since the last event. */
  private refusals = 0;
  private ends = 0;
  private streamFailures = 0;
  private endListening = () => {};
  private endStream = () => {};

  constructor(
    { api, socket, naps, timings, stream }: { api: Api; socket: Socket; naps: Naps; timings: Timings; stream: Stream | null },
    roomId: string,
    documents: RoomDocuments,
    sink: RoomSink<S, E>,
  ) {
    this.api = api;
    this.socket = socket;
    this.naps = naps;
    this.timings = timings;
    this.stream = stream;
    this.roomId = roomId;
    this.documents = documents;
    this.sink = sink;
    this.unwatch = socket.watch(() => this.look());
    this.tell("joining");
    void this.join();
  }

  leave(): void {
    this.isOver = true;
    this.age++;
    this.unwatch();
    this.endListening();
    this.endStream();
  }

  /** Begin with a new snapshot, now or as soon as there is one. */
  private async join(): Promise<void> {
    const age = ++this.age;
    this.hasJoined = false;
    this.endListening();
    this.endStream();
    const room = await this.snapshot(age);
    if (!room || !this.isCurrent(age)) return;
    this.after = room.seq;
    this.epoch = room.epoch;
    this.hasJoined = true;
    this.hand(() => this.sink.snapshot(room));
    this.listen();
  }

  private async snapshot(age: number): Promise<S | null> {
    for (let failures = 0; this.isCurrent(age); failures++) {
      try {
        const { liveRoom } = await this.api.request<{ liveRoom: S | null }>(this.documents.room, { roomId: this.roomId });
        if (!liveRoom) throw new ApiError("NOT_FOUND");
        return liveRoom;
      } catch (error) {
        if (this.isCurrent(age)) await this.bear(error, failures);
      }
    }
    return null;
  }

  /** Wait until what failed may work again, or end. */
  private async bear(error: unknown, failures: number): Promise<void> {
    const isOne = error instanceof ApiError;
    // A token that was refused made a visitor of the member, who may watch as well.
    const isRefused = isOne && (error.code === "UNAUTHENTICATED" || error.code === "FORBIDDEN");
    if (!isOne || (!error.retryable && !(isRefused && ++this.refusals < REFUSALS_MOST))) {
      this.fail(isOne ? error : new ApiError("INTERNAL", String(error)));
      return;
    }
    if (this.socket.state !== "live") this.tell("waiting");
    await this.naps.nap(Math.max(backoffMs(failures, this.timings), error.retryAfterS * 1000));
  }

  private listen(): void {
    this.endListening = this.socket.subscribe(this.operation(this.age, (error) => void this.refused(error)));
    this.look();
  }

  private operation(age: number, error: (error: ApiError) => void): Operation<{ liveRoomEvents: E }> {
    return {
      query: this.documents.events,
      variables: () => this.cursor,
      next: ({ liveRoomEvents }) => {
        if (this.isCurrent(age)) this.take(liveRoomEvents);
      },
      error: (reason) => {
        if (this.isCurrent(age)) error(reason);
      },
    };
  }

  /** The subscription ended, and not for want of a socket. */
  private async refused(error: ApiError): Promise<void> {
    const { age } = this;
    if (error.code === "RESYNC_REQUIRED") return this.join();
    this.tell("waiting");
    await this.bear(error, this.ends++);
    if (this.isCurrent(age)) this.listen();
  }

  /** See what became of the socket. */
  private look(): void {
    if (!this.hasJoined || this.isOver) return;
    const { state, failures } = this.socket;
    if (state === "live") {
      this.endStream();
      this.tell("live");
    } else if (failures >= this.timings.fallBackAfter) {
      void this.fallBack();
    } else if (state === "waiting" && !this.isFallingBack) {
      this.tell("waiting");
    }
  }

  /** Follow the room over HTTP until there is a socket: this network may not let websockets through. */
  private async fallBack(): Promise<void> {
    if (this.isFallingBack) return;
    this.isFallingBack = true;
    for (let failures = 0; !this.isOver && this.socket.state !== "live"; ) {
      try {
        if (!this.hasJoined || this.socket.isAsleep) await this.naps.nap(this.timings.pollLeastMs);
        else if (this.stream && this.streamFailures < STREAM_FAILURES_MOST) await this.flow(this.stream);
        else await this.naps.nap(await this.poll());
        failures = 0;
      } catch (error) {
        if (!this.isOver) await this.bear(error, failures++);
      }
    }
    this.isFallingBack = false;
  }

  /** Take events from a stream until it ends. */
  private flow(stream: Stream): Promise<void> {
    return new Promise((resolve, reject) => {
      this.streamFailures++;
      const operation = this.operation(this.age, (error) => {
        if (error.code === "COMPLETED") this.streamFailures = 0;
        if (error.code === "RESYNC_REQUIRED") this.join().then(resolve, reject);
        else reject(error);
      });
      const { next } = operation;
      operation.opened = () => this.tell("live");
      operation.next = (data) => {
        this.streamFailures = 0;
        next(data);
      };
      const end = stream(operation);
      this.endStream = () => {
        end();
        resolve();
      };
    });
  }

  /** Ask for what happened since; how many ms to wait before the next time. */
  private async poll(): Promise<number> {
    const { age, timings } = this;
    const { liveRoomEventsSince: page } = await this.api.request<{ liveRoomEventsSince: EventPage<E> }>(
      this.documents.eventsSince,
      this.cursor,
    );
    if (!this.isCurrent(age)) return 0;
    if (this.socket.state !== "live") this.tell("polling");
    if (page.resyncRequired) {
      await this.join();
      return 0;
    }
    for (const event of page.events) this.take(event);
    this.after = Math.max(this.after, page.nextAfter);
    return page.nextPollMs && Math.min(Math.max(page.nextPollMs, timings.pollLeastMs), timings.pollMostMs);
  }

  private get cursor(): { roomId: string; after: number; epoch: string | undefined } {
    return { roomId: this.roomId, after: this.after, epoch: this.epoch };
  }

  private take(event: E): void {
    const { after } = this;
    if (event.seq <= after) return;
    this.after = event.seq;
    this.refusals = this.ends = 0;
    if (event.seq > after + 1) this.hand(() => this.sink.gap && this.sink.gap(after, event.seq));
    this.hand(() => this.sink.event(event));
  }

  /** A fault of the sink is the app's to see; it does not end the room. */
  private hand(call: () => void): void {
    try {
      call();
    } catch (fault) {
      setTimeout(() => {
        throw fault;
      }, 0);
    }
  }

  private tell(connection: Connection): void {
    if (this.isOver || this.connection === connection) return;
    this.connection = connection;
    this.hand(() => this.sink.connection && this.sink.connection(connection));
  }

  private fail(error: ApiError): void {
    this.leave();
    this.hand(() => this.sink.failed && this.sink.failed(error));
  }

  private isCurrent(age: number): boolean {
    return !this.isOver && age === this.age;
  }
}
