import { useEffect, useRef, useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { ROOM_LIKE } from "../api/documents.ts";
import type { UserError } from "../api/types.ts";
import { LikeBatch } from "./batch.ts";

const SEND_MS = 1_500;
const FLOATING_MOST = 14;

export interface Heart {
  key: number;
  x: number;
  y: number;
}

export interface Likes {
  sum: number;
  hearts: readonly Heart[];
  /** One tap, at this place of the page. */
  tap(x: number, y: number): void;
  land(key: number): void;
}

/** Taps float at once and go to the shop together; the sum is the shop's with those on their way. */
export function useLikes(liveRoomId: string, told: number, client: Client): Likes {
  const batch = useRef(new LikeBatch()).current;
  const [hearts, setHearts] = useState<readonly Heart[]>([]);
  const next = useRef(0);

  useEffect(() => {
    const send = async () => {
      const count = batch.take();
      if (!count) return;
      const input = { liveRoomId, count };
      const answer = await client
        .request<{ liveRoomLike: { userErrors: UserError[] } }>(ROOM_LIKE, { input })
        .catch(() => null);
      if (answer?.liveRoomLike.userErrors.length === 0) batch.sent();
      else batch.refused();
    };
    const timer = setInterval(() => void send(), SEND_MS);
    return () => {
      clearInterval(timer);
      void send();
    };
  }, [liveRoomId, client]);

  return {
    sum: batch.sum(told),
    hearts,
    tap: (x, y) => {
      batch.tap();
      setHearts((floating) => [...floating, { key: next.current++, x, y }].slice(-FLOATING_MOST));
    },
    land: (key) => setHearts((floating) => floating.filter((heart) => heart.key !== key)),
  };
}
