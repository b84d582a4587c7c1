import type { Client } from "../api/client.ts";
import { BoardSheet } from "../boards/sheet.tsx";
import { CallSheet } from "../calls/card.tsx";
import { DrawSheet } from "../draws/sheet.tsx";
import { GiftSheet } from "../gifts/sheet.tsx";
import { Purchase } from "../purchase/sheet.tsx";
import { RedPacketSheet } from "../red-packets/sheet.tsx";
import { Shelf } from "./shelf.tsx";
import type { Item, RoomState } from "./state.ts";
import type { OwnView } from "./use-own.ts";
import type { RoomView } from "./use-room.ts";

/** Which sheet is open. */
export type Opened =
  | { sheet: "none" | "shelf" | "gifts" | "board" | "call" }
  | { sheet: "draw" | "packet"; id: string }
  | { sheet: "buy"; item: Item };

interface Props {
  opened: Opened;
  room: RoomState;
  view: RoomView;
  mine: OwnView;
  client: Client;
  onBuy(item: Item): void;
  onClose(): void;
}

export function Sheets({ opened, room, view, mine, client, onBuy, onClose }: Props) {
  const inRoom = { roomId: room.id, client, onClose };
  const playing = { ...inRoom, mine, onSaid: view.showOwn };
  switch (opened.sheet) {
    case "none":
      return null;
    case "shelf":
      return <Shelf shelf={room.shelf} pinnedId={room.pinnedId} onBuy={onBuy} onClose={onClose} />;
    case "gifts":
      return <GiftSheet {...inRoom} />;
    case "board":
      return <BoardSheet {...inRoom} title={room.title} view={view} />;
    case "call":
      return room.call && <CallSheet {...inRoom} call={room.call} />;
    case "draw": {
      const draw = room.draws.find(({ id }) => id === opened.id);
      return draw ? <DrawSheet {...playing} draw={draw} /> : null;
    }
    case "packet": {
      const packet = room.redPackets.find(({ id }) => id === opened.id);
      return packet ? <RedPacketSheet {...playing} packet={packet} /> : null;
    }
    case "buy": {
      const item = room.shelf.find(({ id }) => id === opened.item.id) ?? opened.item;
      return <Purchase {...inRoom} item={item} storeName={room.storeName} />;
    }
  }
}
