import { ApiError } from "../api/client.ts";
import type { EventPage, LiveRoom, LiveRoomEvent } from "../api/types.ts";

export type Connection = "joining" | "live" | "polling" | "waiting";

/** Where a room's facts come from. */
export interface RoomSource {
  snapshot(): Promise<LiveRoom>;
  /** Events after `after`, in order; ends or throws when the socket does. */
  events(after: number, onOpen: () => void): AsyncIterable<LiveRoomEvent>;
  eventsSince(after: number): Promise<EventPage>;
}

/** Where they go. */
export interface RoomSink {
  snapshot(room: LiveRoom): void;
  event(event: LiveRoomEvent): void;
  connection(connection: Connection): void;
}

/** Sleep that ends early when the network or the viewer comes back. */
export type Pause = (ms: number) => Promise<void>;

const POLL_AFTER_FAILURES = 2;
const POLL_ROUNDS = 20;
const POLL_MS = { least: 500, most: 10_000 };
const BACKOFF_MS = { first: 500, most: 15_000 };

/**
 * Keep a sink up to date with a room until the signal aborts.
 *
 * Every event arrives once and in order, whatever happens to the network: the cursor is the `seq`
 * of the last event handed on. When it is older than the server's log, the sink gets a new snapshot.
 *
 * Throws: `ApiError` NOT_FOUND when there is no such room.
 */
export async function follow(source: RoomSource, sink: RoomSink, pause: Pause, signal: AbortSignal): Promise<void> {
  sink.connection("joining");
  let after = await join();
  let failures = 0;
  while (!signal.aborted) {
    if (failures >= POLL_AFTER_FAILURES) await poll();
    const opened = await listen();
    if (signal.aborted) return;
    failures = opened ? 0 : failures + 1;
    sink.connection("waiting");
    await pause(backoff(failures));
  }

  async function join(): Promise<number> {
    for (let attempt = 0; ; attempt++) {
      try {
        const room = await source.snapshot();
        if (!signal.aborted) sink.snapshot(room);
        return room.seq;
      } catch (error) {
        if (signal.aborted || codeOf(error) === "NOT_FOUND") throw error;
        sink.connection("waiting");
        await pause(backoff(attempt));
      }
    }
  }

  /** Hand on what the socket brings, until it ends; true when it had been open. */
  async function listen(): Promise<boolean> {
    let opened = false;
    const onOpen = () => {
      opened = true;
      sink.connection("live");
    };
    try {
      for await (const event of source.events(after, onOpen)) {
        if (signal.aborted) return true;
        hand(event);
      }
    } catch (error) {
      if (codeOf(error) === "RESYNC_REQUIRED") after = await join();
    }
    return opened;
  }

  /** Ask over HTTP for a while: this network may not let websockets through. */
  async function poll(): Promise<void> {
    for (let round = 0; round < POLL_ROUNDS && !signal.aborted; round++) {
      try {
        await pause(clamp(await ask()));
      } catch {
        sink.connection("waiting");
        await pause(backoff(round));
      }
    }
  }

  async function ask(): Promise<number> {
    const page = await source.eventsSince(after);
    if (signal.aborted) return 0;
    sink.connection("polling");
    if (page.resyncRequired) after = await join();
    else page.events.forEach(hand);
    after = Math.max(after, page.nextAfter);
    return page.nextPollMs;
  }

  function hand(event: LiveRoomEvent): void {
    if (event.seq <= after) return;
    after = event.seq;
    sink.event(event);
  }
}

function codeOf(error: unknown): string {
  return error instanceof ApiError ? error.code : "";
}

/** As long as the server asks, within reason; 0 means that it has more already. */
function clamp(ms: number): number {
  return ms === 0 ? 0 : Math.min(Math.max(ms, POLL_MS.least), POLL_MS.most);
}

/** Doubling, with up to half of it taken off at random so that a room's viewers do not return at once. */
function backoff(failures: number): number {
  const ceiling = Math.min(BACKOFF_MS.first * 2 ** failures, BACKOFF_MS.most);
  return ceiling * (0.5 + Math.random() / 2);
}
