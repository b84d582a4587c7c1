import type { DrawCard, RedPacketCard } from "../api/play-types.ts";
import type { Own } from "./own.ts";
import type { RoomState } from "./state.ts";

/** The draw to show on the picture: one that can be entered, else one that is being drawn, else what became of the viewer's. */
export function featuredDraw(room: RoomState, own: Own, seen: ReadonlySet<string>): DrawCard | null {
  const open = room.draws.filter(({ state }) => state === "OPEN");
  return (
    open.find(({ id }) => !(id in own.tickets)) ??
    open[0] ??
    room.draws.find(({ id, state }) => state === "CLOSED" && id in own.tickets) ??
    room.draws.find((draw) => draw.state === "DRAWN" && isNews(draw.id, own, seen)) ??
    null
  );
}

function isNews(id: string, own: Own, seen: ReadonlySet<string>): boolean {
  const win = own.settled[id];
  const isToClaim = win?.prize.kind === "GOODS" && !win.claimedAt && !win.lapsedAt;
  return id in own.tickets && (isToClaim || !seen.has(id));
}

/** The red packet to show: one that the viewer can grab, else the next to open, else one that they grabbed from. */
export function featuredPacket(room: RoomState, own: Own): RedPacketCard | null {
  const open = room.redPackets.filter(({ state }) => state === "OPEN");
  const waiting = room.redPackets.filter(({ state }) => state === "WAITING");
  return (
    open.find(({ id }) => !(id in own.grabs)) ??
    waiting.sort((a, b) => Date.parse(a.opensAt) - Date.parse(b.opensAt))[0] ??
    open[0] ??
    null
  );
}
