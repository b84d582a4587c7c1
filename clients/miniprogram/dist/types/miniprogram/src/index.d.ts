import { Pond, type PondOptions } from "../../core/src/index.js";
import "./finally.js";
import type { Wx } from "./wx.js";
export * from "../../core/src/index.js";
export { wxPost } from "./request.js";
export { wxSocket } from "./socket.js";
export type { SocketTask, Wx } from "./wx.js";
export interface MiniProgramOptions extends PondOptions {
    /** The platform's object where it is not the global `wx`, as in a test. */
    wx?: Wx;
    /** How long a request may take. */
    timeoutMs?: number;
}
/** A client of the shop at `url`, for the life of the mini-program. One is enough: it needs one socket for all rooms. */
export declare function createPond(options: MiniProgramOptions): Pond;
/** A key for one intent of the viewer: an `idempotencyKey`. It must be new, not secret. */
export declare function newKey(): string;
