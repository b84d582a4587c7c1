import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Connection } from "yutang-web";
import type { Client } from "../api/client.ts";
import { EVENTS, EVENTS_SINCE, ROOM } from "../api/documents.ts";
import type { BulletComment, LiveRoom, LiveRoomEvent } from "../api/types.ts";
import { apply, enter, type RoomState, withComment } from "./state.ts";

const DOCUMENTS = { room: ROOM, events: EVENTS, eventsSince: EVENTS_SINCE };

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

  useEffect(
    () =>
      client.pond.follow<LiveRoom, LiveRoomEvent>(roomId, DOCUMENTS, {
        snapshot: (room) => setState(enter(room)),
        event: (event) => {
          setState((known) => known && apply(known, event));
          for (const listener of listeners) listener(event);
        },
        connection: setConnection,
        failed: () => setMissing(true),
      }),
    [roomId, client],
  );

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
