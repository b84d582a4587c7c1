export { Api, dataOf, type Credentials, type HttpAnswer, type Post } from "./api.ts";
export { ApiError, failureOf, type GraphQLFailure } from "./failures.ts";
export { Pond, type Platform, type PondOptions } from "./pond.ts";
export type { Connection, Numbered, RoomDocuments, RoomSink, Snapshot, Stream } from "./room.ts";
export type { Operation, SocketState } from "./socket.ts";
export { TIMINGS, type Timings } from "./waits.ts";
