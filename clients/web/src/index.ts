import { Pond, type PondOptions } from "../../core/src/index.ts";
import { eventStreams } from "./events.ts";
import { post } from "./post.ts";

export * from "../../core/src/index.ts";
export { eventStreams } from "./events.ts";
export { post } from "./post.ts";

export interface WebOptions extends PondOptions {
  /** Take a room's events as server-sent events where websockets are blocked; otherwise it is polled. */
  events?: boolean;
}

/** A client of the shop at `url`, which may be relative to the page. */
export function createPond({ events = true, ...options }: WebOptions): Pond {
  const url = typeof location === "undefined" ? options.url : new URL(options.url, location.href).href;
  const webSocket = typeof WebSocket === "undefined" ? undefined : WebSocket;
  const pond = new Pond({ ...options, url }, { post, webSocket, ...(events && { stream: eventStreams }) });
  if (typeof document !== "undefined") liveWithThePage(pond);
  return pond;
}

/** Phones suspend a page's sockets a few seconds after it is hidden, and may never say so. */
function liveWithThePage(pond: Pond): void {
  let hiddenAt = Infinity;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenAt = Date.now();
    else pond.wake(Math.max(Date.now() - hiddenAt, 0));
  });
  window.addEventListener("online", () => pond.online(true));
  window.addEventListener("offline", () => pond.online(false));
}

/** A key for one intent of the viewer; `randomUUID` is missing on plain-http addresses in a local network. */
export function newKey(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
