export { Api, dataOf, type Credentials, type HttpAnswer, type Post } from "./api.js";
export { ApiError, failureOf, type GraphQLFailure } from "./failures.js";
export { Pond, type Platform, type PondOptions } from "./pond.js";
export type { Connection, Numbered, RoomDocuments, RoomSink, Snapshot, Stream } from "./room.js";
export type { Operation, SocketState } from "./socket.js";
export { TIMINGS, type Timings } from "./waits.js";
