import { Pond, type PondOptions } from "../../core/src/index.ts";
import "./finally.ts";
import { wxPost } from "./request.ts";
import { wxSocket } from "./socket.ts";
import type { Wx } from "./wx.ts";

export * from "../../core/src/index.ts";
export { wxPost } from "./request.ts";
export { wxSocket } from "./socket.ts";
export type { SocketTask, Wx } from "./wx.ts";

declare const wx: Wx;

export interface MiniProgramOptions extends PondOptions {
  /** The platform's object where it is not the global `wx`, as in a test. */
  wx?: Wx;
  /** How long a request may take. */
  timeoutMs?: number;
}

/** A client of the shop at `url`, for the life of the mini-program. One is enough: it needs one socket for all rooms. */
export function createPond(options: MiniProgramOptions): Pond {
  const platform = options.wx || wx;
  const header = { "accept-language": options.language || "zh-CN" };
  const pond = new Pond(options, { post: wxPost(platform, options.timeoutMs), webSocket: wxSocket(platform, header) });
  if (platform.onAppHide) platform.onAppHide(() => pond.sleep());
  if (platform.onAppShow) platform.onAppShow(() => pond.wake());
  if (platform.onNetworkStatusChange) platform.onNetworkStatusChange(({ isConnected }) => pond.online(isConnected));
  return pond;
}

/** A key for one intent of the viewer: an `idempotencyKey`. It must be new, not secret. */
export function newKey(): string {
  let key = Date.now().toString(36);
  while (key.length < 32) key += Math.random().toString(36).slice(2);
  return key.slice(0, 32);
}
