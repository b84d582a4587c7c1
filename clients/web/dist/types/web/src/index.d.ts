import { Pond, type PondOptions } from "../../core/src/index.js";
export * from "../../core/src/index.js";
export { eventStreams } from "./events.js";
export { post } from "./post.js";
export interface WebOptions extends PondOptions {
    /** Take a room's events as server-sent events where websockets are blocked; otherwise it is polled. */
    events?: boolean;
}
/** A client of the shop at `url`, which may be relative to the page. */
export declare function createPond({ events, ...options }: WebOptions): Pond;
/** A key for one intent of the viewer; `randomUUID` is missing on plain-http addresses in a local network. */
export declare function newKey(): string;
