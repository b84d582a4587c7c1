import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError, type Client } from "../api/client.ts";
import { EVENTS, EVENTS_SINCE, ROOM } from "../api/documents.ts";
import { Socket } from "../api/socket.ts";
import type { BulletComment, EventPage, LiveRoom, LiveRoomEvent } from "../api/types.ts";
import { type Connection, follow, type RoomSource } from "./follow.ts";
import { apply, enter, type RoomState, withComment } from "./state.ts";

export type Listener = (event: LiveRoomEvent) => void;
export type Listen = (listener: Listener) => () => void;

export interface RoomView {
  state: RoomState | null;
  connection: Connection;
  missing: boolean;
  /** Hear each event once, as it happens; for what flies by and is not part of the state. */
  listen: Listen;
  showOwn(comment: BulletComment): void;
}

export function useRoom(roomId: string, client: Client): RoomView {
  const [state, setState] = useState<RoomState | null>(null);
  const [connection, setConnection] = useState<Connection>("joining");
  const [missing, setMissing] = useState(false);
  const listeners = useRef(new Set<Listener>()).current;

  useEffect(() => {
    const leaving = new AbortController();
    const socket = new Socket(client);
    const sink = {
      snapshot: (room: LiveRoom) => setState(enter(room)),
      event: (event: LiveRoomEvent) => {
        setState((known) => known && apply(known, event));
        for (const listener of listeners) listener(event);
      },
      connection: setConnection,
    };
    follow(sourceOf(roomId, client, socket), sink, pause, leaving.signal).catch(() => {
      if (!leaving.signal.aborted) setMissing(true);
    });
    return () => {
      leaving.abort();
      socket.close();
    };
  }, [roomId, client]);

  const listen = useCallback<Listen>((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  const showOwn = useCallback(
    (comment: BulletComment) => setState((known) => known && withComment(known, comment)),
    [],
  );
  return useMemo(() => ({ state, connection, missing, listen, showOwn }), [state, connection, missing]);
}

function sourceOf(roomId: string, client: Client, socket: Socket): RoomSource {
  return {
    async snapshot() {
      const { liveRoom } = await client.request<{ liveRoom: LiveRoom | null }>(ROOM, { id: roomId });
      if (!liveRoom) throw new ApiError("NOT_FOUND", "");
      return liveRoom;
    },
    async *events(after, onOpen) {
      const stream = socket.subscribe<{ liveRoomEvents: LiveRoomEvent }>(EVENTS, { roomId, after }, onOpen);
      for await (const data of stream) yield data.liveRoomEvents;
    },
    async eventsSince(after) {
      const data = await client.request<{ liveRoomEventsSince: EventPage }>(EVENTS_SINCE, { roomId, after });
      return data.liveRoomEventsSince;
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      document.removeEventListener("visibilitychange", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    document.addEventListener("visibilitychange", done);
  });
}
