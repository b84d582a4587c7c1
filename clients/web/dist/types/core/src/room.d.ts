import type { Api } from "./api.js";
import { ApiError } from "./failures.js";
import type { Operation, Socket } from "./socket.js";
import { type Naps, type Timings } from "./waits.js";
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
/**
 * Keeps a sink up to date with a room, whatever happens to the network.
 *
 * The cursor is the `seq` of the last event handed on. Every source goes on after it, so that sources may overlap:
 * what one brought is skipped when another brings it too.
 */
export declare class Room<S extends Snapshot, E extends Numbered> {
    private readonly api;
    private readonly socket;
    private readonly naps;
    private readonly timings;
    private readonly stream;
    private readonly documents;
    private readonly sink;
    private readonly roomId;
    private readonly unwatch;
    private connection;
    private after;
    private epoch;
    /** Rises with each snapshot: what was asked for before it is no news. */
    private age;
    private isOver;
    private hasJoined;
    private isFallingBack;
    /** How often in a row the viewer was refused, and the subscription ended, since the last event. */
    private refusals;
    private ends;
    private streamFailures;
    private endListening;
    private endStream;
    constructor({ api, socket, naps, timings, stream }: {
        api: Api;
        socket: Socket;
        naps: Naps;
        timings: Timings;
        stream: Stream | null;
    }, roomId: string, documents: RoomDocuments, sink: RoomSink<S, E>);
    leave(): void;
    /** Begin with a new snapshot, now or as soon as there is one. */
    private join;
    private snapshot;
    /** Wait until what failed may work again, or end. */
    private bear;
    private listen;
    private operation;
    /** The subscription ended, and not for want of a socket. */
    private refused;
    /** See what became of the socket. */
    private look;
    /** Follow the room over HTTP until there is a socket: this network may not let websockets through. */
    private fallBack;
    /** Take events from a stream until it ends. */
    private flow;
    /** Ask for what happened since; how many ms to wait before the next time. */
    private poll;
    private get cursor();
    private take;
    /** A fault of the sink is the app's to see; it does not end the room. */
    private hand;
    private tell;
    private fail;
    private isCurrent;
}
