import { useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { useWords } from "../locale.ts";
import { Reserve } from "../rooms/reserve.tsx";
import type { RoomState } from "./state.ts";

interface Props {
  room: RoomState;
  client: Client;
  onLeave(): void;
}

/** What is said over the picture while nobody is on air. */
export function Curtain({ room, client, onLeave }: Props) {
  const words = useWords();
  const [notice, setNotice] = useState("");
  if (room.state === "LIVE") return null;
  const isScheduled = room.state === "SCHEDULED";
  const isOver = !isScheduled && room.state !== "PAUSED";
  const isReplayed = room.state === "ENDED" && room.replayUrl?.startsWith("https://");
  return (
    <section class="curtain" role="status" data-state={room.state}>
      <p>{words.states[room.state]}</p>
      {isScheduled && room.scheduledAt && <p class="curtain-note">{words.startsAt(timeText(room.scheduledAt, words.lang))}</p>}
      {isScheduled && <Reserve roomId={room.id} client={client} onNotice={setNotice} />}
      {notice && <p class="curtain-note">{notice}</p>}
      {isReplayed && (
        <a class="primary small" href={room.replayUrl!} target="_blank" rel="noopener noreferrer">
          {words.replay}
        </a>
      )}
      {isOver && (
        <button class="quiet-button" onClick={onLeave}>
          {words.otherRooms}
        </button>
      )}
    </section>
  );
}

export function timeText(at: string, lang: string): string {
  const when = { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" } as const;
  return new Date(at).toLocaleString(lang, when);
}
