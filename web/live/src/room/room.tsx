import { useEffect, useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { GiftSheet } from "../gifts/sheet.tsx";
import { useWords } from "../locale.ts";
import { Purchase } from "../purchase/sheet.tsx";
import { Pond } from "../scene/pond.tsx";
import { Bar } from "./bar.tsx";
import { Barrage } from "./barrage.tsx";
import { Chat } from "./chat.tsx";
import { Header } from "./header.tsx";
import { Pinned } from "./pinned.tsx";
import { Rewards } from "./rewards.tsx";
import { Shelf } from "./shelf.tsx";
import { type Item, pinnedItem, type RoomState } from "./state.ts";
import { type RoomView, useRoom } from "./use-room.ts";

interface Props {
  roomId: string;
  client: Client;
  onLeave(): void;
}

const TOAST_MS = 2_600;

export function Room({ roomId, client, onLeave }: Props) {
  const words = useWords();
  const view = useRoom(roomId, client);

  useEffect(() => {
    if (view.state) document.title = view.state.title;
    return () => void (document.title = words.rooms);
  }, [view.state?.title]);

  return (
    <main class="room">
      <Pond />
      {view.state?.coverUrl && <img class="cover" src={view.state.coverUrl} alt="" onError={hide} />}
      {view.missing && <Missing onLeave={onLeave} />}
      {view.state && <Stage room={view.state} view={view} client={client} onLeave={onLeave} />}
    </main>
  );
}

type Opened = { sheet: "none" | "shelf" | "gifts" } | { sheet: "buy"; item: Item };

interface StageProps {
  room: RoomState;
  view: RoomView;
  client: Client;
  onLeave(): void;
}

function Stage({ room, view, client, onLeave }: StageProps) {
  const words = useWords();
  const [opened, setOpened] = useState<Opened>({ sheet: "none" });
  const [toast, setToast] = useToast();
  const close = () => setOpened({ sheet: "none" });
  const buy = (item: Item) => setOpened({ sheet: "buy", item });
  const pinned = pinnedItem(room);
  const bought = opened.sheet === "buy" ? (room.shelf.find(({ id }) => id === opened.item.id) ?? opened.item) : null;

  return (
    <>
      <Header room={room} connection={view.connection} onLeave={onLeave} />
      <Barrage listen={view.listen} />
      {room.state !== "LIVE" && <p class="curtain">{words.states[room.state]}</p>}
      <Rewards listen={view.listen} />
      <div class="lower">
        <Chat lines={room.lines} />
        {pinned && <Pinned item={pinned} onBuy={() => buy(pinned)} />}
      </div>
      <p class={toast ? "toast shown" : "toast"} role="status">
        {toast}
      </p>
      <Bar
        roomId={room.id}
        client={client}
        bagCount={room.shelf.length}
        onSent={view.showOwn}
        onNotice={setToast}
        onBag={() => setOpened({ sheet: "shelf" })}
        onGift={() => setOpened({ sheet: "gifts" })}
      />
      {opened.sheet === "shelf" && <Shelf shelf={room.shelf} pinnedId={room.pinnedId} onBuy={buy} onClose={close} />}
      {opened.sheet === "gifts" && <GiftSheet roomId={room.id} client={client} onClose={close} />}
      {bought && <Purchase item={bought} roomId={room.id} storeName={room.storeName} client={client} onClose={close} />}
    </>
  );
}

function Missing({ onLeave }: { onLeave(): void }) {
  const words = useWords();
  return (
    <div class="missing" role="alert">
      <p>{words.roomGone}</p>
      <button class="primary" onClick={onLeave}>
        {words.otherRooms}
      </button>
    </div>
  );
}

function useToast(): [string, (text: string) => void] {
  const [toast, setToast] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setToast(""), TOAST_MS);
    return () => clearTimeout(timer);
  }, [toast]);
  return [toast, setToast];
}

function hide(failed: Event): void {
  (failed.currentTarget as HTMLElement).hidden = true;
}
