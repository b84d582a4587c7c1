import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError, type Connection } from "yutang-web";
import type { Client } from "../api/client.ts";
import { EVENTS, EVENTS_SINCE, ROOM } from "../api/documents.ts";
import type { BulletComment, LiveRoom, LiveRoomEvent } from "../api/types.ts";
import type { BoardOf } from "../api/play-types.ts";
import { shopClock } from "./clock.ts";
import { apply, type Board, enter, type RoomState, withBoard, withComment } from "./state.ts";

const DOCUMENTS = { room: ROOM, events: EVENTS, eventsSince: EVENTS_SINCE };

export type Listener = (event: LiveRoomEvent) => void;
export type Listen = (listener: Listener) => () => void;

export interface RoomView {
  state: RoomState | null;
  connection: Connection;
  /** How often there was a snapshot. */
  age: number;
  /** Why there is nothing to see. */
  failure: "gone" | "kicked" | null;
  /** Hear each event once, as it happens; for what flies by and is not part of the state. */
  listen: Listen;
  showOwn(comment: BulletComment, waits?: boolean): void;
  showBoard(of: BoardOf, board: Board): void;
}

export function useRoom(roomId: string, client: Client): RoomView {
  const [state, setState] = useState<RoomState | null>(null);
  const [connection, setConnection] = useState<Connection>("joining");
  const [age, setAge] = useState(0);
  const [failure, setFailure] = useState<RoomView["failure"]>(null);
  const listeners = useRef(new Set<Listener>()).current;

  useEffect(
    () =>
      client.pond.follow<LiveRoom, LiveRoomEvent>(roomId, DOCUMENTS, {
        snapshot: (room) => {
          setState(enter(room));
          setAge((before) => before + 1);
        },
        event: (event) => {
          shopClock.hear(event.at, Date.now());
          setState((known) => known && apply(known, event));
          for (const listener of listeners) listener(event);
        },
        connection: setConnection,
        failed: (error) => setFailure(isKick(error) ? "kicked" : "gone"),
      }),
    [roomId, client],
  );

  const listen = useCallback<Listen>((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  const showOwn = useCallback<RoomView["showOwn"]>(
    (comment, waits) => setState((known) => known && withComment(known, comment, waits)),
    [],
  );
  const showBoard = useCallback<RoomView["showBoard"]>(
    (of, board) => setState((known) => known && withBoard(known, of, board)),
    [],
  );
  return useMemo(
    () => ({ state, connection, age, failure, listen, showOwn, showBoard }),
    [state, connection, age, failure],
  );
}

function isKick(error: unknown): boolean {
  return error instanceof ApiError && (error.code === "MEMBER_KICKED" || error.code === "FORBIDDEN");
}
