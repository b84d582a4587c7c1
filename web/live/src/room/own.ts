import type { DrawWin, OwnRoom } from "../api/play-types.ts";
import type { RoomState } from "./state.ts";

/** What of a room is the viewer's own. `seq` is the last event that it contains. */
export interface Own {
  seq: number;
  mayModerate: boolean;
  mutedUntil: string | null;
  /** The ticket in each draw that the viewer entered. */
  tickets: Readonly<Record<string, string>>;
  /** Draws whose outcome for the viewer is known, and what they won. */
  settled: Readonly<Record<string, DrawWin | null>>;
  /** What the viewer got of each red packet. */
  grabs: Readonly<Record<string, number>>;
}

/** A visitor's. */
export const NOTHING: Own = { seq: 0, mayModerate: false, mutedUntil: null, tickets: {}, settled: {}, grabs: {} };

export function ownOf(room: OwnRoom): Own {
  const entered = room.draws.flatMap(({ id, myEntry }) => (myEntry ? [[id, myEntry.ticket] as const] : []));
  const drawn = room.draws.filter(({ card }) => card.state === "DRAWN");
  return {
    seq: room.seq,
    mayModerate: room.order !== null,
    mutedUntil: room.myMute?.until ?? null,
    tickets: Object.fromEntries(entered),
    settled: Object.fromEntries(drawn.map(({ id, myPrize }) => [id, myPrize])),
    grabs: Object.fromEntries(room.redPackets.flatMap(({ id, myGrab }) => (myGrab ? [[id, myGrab.amount] as const] : []))),
  };
}

/** What is known already with what was told now: a ticket or a grab does not go away. */
export function withOwn(known: Own, told: Own): Own {
  return {
    ...told,
    tickets: { ...known.tickets, ...told.tickets },
    settled: { ...known.settled, ...told.settled },
    grabs: { ...known.grabs, ...told.grabs },
  };
}

/** Draws that the viewer entered and that were drawn since: ask what became of them. */
export function unsettled(room: RoomState, own: Own): readonly string[] {
  const isOpen = (id: string) => id in own.tickets && !(id in own.settled);
  return room.draws.filter(({ id, state }) => state === "DRAWN" && isOpen(id)).map(({ id }) => id);
}

/** Until when the viewer is muted, as it was told last; null when they are not. */
export function mutedUntil(room: RoomState, own: Own, memberId: string | null): string | null {
  const told = memberId === null ? undefined : room.mutes[memberId];
  return told && told.seq > own.seq ? told.until : own.mutedUntil;
}
