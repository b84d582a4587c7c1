import { useEffect, useState } from "preact/hooks";
import { languageAddress } from "../address.ts";
import type { Client } from "../api/client.ts";
import { ROOMS } from "../api/documents.ts";
import type { RoomSummary } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { useMembership } from "../member/gate.tsx";
import { short } from "../numbers.ts";
import { Picture } from "../parts/picture.tsx";
import { Price } from "../parts/price.tsx";
import { failureText } from "../refusals.ts";
import { timeText } from "../room/curtain.tsx";
import { Reserve } from "./reserve.tsx";

interface Props {
  client: Client;
  onEnter(roomId: string): void;
}

export function RoomList({ client, onEnter }: Props) {
  const words = useWords();
  const { me } = useMembership();
  const [rooms, setRooms] = useState<RoomSummary[] | null>(null);
  const [notice, setNotice] = useState("");

  useEffect(() => {
    client.request<{ liveRooms: { nodes: RoomSummary[] } }>(ROOMS).then(
      (answer) => setRooms(answer.liveRooms.nodes),
      (error) => setNotice(failureText(error, words)),
    );
  }, [client, me?.id]);

  return (
    <main class="rooms">
      <header>
        <h1>{words.rooms}</h1>
        <a class="language" href={languageAddress(words.lang === "en" ? "zh" : "en")}>
          {words.language}
        </a>
      </header>
      {notice && <p role="alert">{notice}</p>}
      {rooms?.length === 0 && <p class="empty">{words.roomsEmpty}</p>}
      <ul>
        {rooms?.map((room) => (
          <li key={room.id}>
            <RoomCard room={room} onEnter={onEnter} />
            {room.state === "SCHEDULED" && <Reserve roomId={room.id} told={room} client={client} onNotice={setNotice} />}
          </li>
        ))}
      </ul>
    </main>
  );
}

function RoomCard({ room, onEnter }: { room: RoomSummary; onEnter(roomId: string): void }) {
  const words = useWords();
  const live = room.state === "LIVE";
  const isToCome = room.state === "SCHEDULED" && room.scheduledAt !== null;
  const watching = words.watching(short(room.viewerCount, words.lang));
  return (
    <button class="room-tile" onClick={() => onEnter(room.id)}>
      <Picture name={room.title} url={room.coverUrl} />
      <span class={live ? "badge on" : "badge"}>{live ? words.live : (words.states[room.state] ?? "")}</span>
      <span class="room-card">
        <strong>{room.title}</strong>
        <span>
          {room.host.storeName} · {isToCome ? words.startsAt(timeText(room.scheduledAt!, words.lang)) : watching}
        </span>
        {room.pinned && (
          <span class="room-pinned">
            {room.pinned.name}
            <Price minor={room.pinned.livePrice.minor} currency={room.pinned.livePrice.currency} />
          </span>
        )}
      </span>
    </button>
  );
}
