import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../api/client.ts";
import type { LiveRoom, LiveRoomEvent } from "../api/types.ts";
import { type Connection, follow, type RoomSource } from "./follow.ts";

test("a socket that breaks is resumed after the last event", async () => {
  const room = new Scripted([
    { open: true, brings: [1, 2] },
    { open: true, brings: [3] },
  ]);
  await room.followed();

  assert.deepEqual(room.asked, [0, 2, 3]);
  assert.deepEqual(room.heard, [1, 2, 3]);
});

test("an event that is delivered twice is handed on once", async () => {
  const room = new Scripted([{ open: true, brings: [1, 2, 2, 1, 3] }]);
  await room.followed();

  assert.deepEqual(room.heard, [1, 2, 3]);
});

test("a cursor that the server no longer knows brings a new snapshot", async () => {
  const room = new Scripted([{ open: true, brings: [1] }, { open: true, fails: "RESYNC_REQUIRED" }]);
  room.snapshots = [0, 50];
  await room.followed();

  assert.deepEqual(room.asked, [0, 1, 50]);
});

test("a network without websockets is polled", async () => {
  const room = new Scripted([{ open: false }, { open: false }]);
  room.pages = [[1, 2], [3]];
  await room.followed();

  assert.deepEqual(room.heard, [1, 2, 3]);
  assert.ok(room.connections.includes("polling"));
});

test("a room that does not exist is not asked for twice", async () => {
  const room = new Scripted([]);
  room.snapshots = [];

  await assert.rejects(room.followed(), { code: "NOT_FOUND" });
});

interface Connect {
  open: boolean;
  brings?: number[];
  fails?: string;
}

/** A source that plays a script and ends the watching when it is over. */
class Scripted implements RoomSource {
  snapshots = [0];
  pages: number[][] = [];
  asked: number[] = [];
  heard: number[] = [];
  connections: Connection[] = [];
  readonly #script: Connect[];
  readonly #leaving = new AbortController();

  constructor(script: Connect[]) {
    this.#script = script;
  }

  followed(): Promise<void> {
    const sink = {
      snapshot: () => {},
      event: (event: LiveRoomEvent) => void this.heard.push(event.seq),
      connection: (connection: Connection) => void this.connections.push(connection),
    };
    return follow(this, sink, async () => {}, this.#leaving.signal);
  }

  async snapshot(): Promise<LiveRoom> {
    const seq = this.snapshots.shift();
    if (seq === undefined) throw new ApiError("NOT_FOUND", "");
    return { seq } as LiveRoom;
  }

  async *events(after: number, onOpen: () => void): AsyncGenerator<LiveRoomEvent> {
    this.asked.push(after);
    const connect = this.#script.shift();
    if (!connect) return this.#leaving.abort();
    if (connect.open) onOpen();
    for (const seq of connect.brings ?? []) yield event(seq);
    throw new ApiError(connect.fails ?? "SOCKET", "");
  }

  async eventsSince(after: number) {
    const events = (this.pages.shift() ?? []).map(event);
    return { events, nextAfter: events.at(-1)?.seq ?? after, nextPollMs: 1, resyncRequired: false };
  }
}

function event(seq: number): LiveRoomEvent {
  return { kind: "VIEWERS", seq, at: "2026-11-22T02:11:00Z", viewerCount: seq };
}
