import { useCallback, useEffect, useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { OWN, ROOM_ENTER } from "../api/documents.ts";
import type { OwnRoom } from "../api/play-types.ts";
import type { UserError } from "../api/types.ts";
import { useMembership } from "../member/gate.tsx";
import { NOTHING, type Own, ownOf, unsettled, withOwn } from "./own.ts";
import type { RoomView } from "./use-room.ts";

/** Those who entered a draw ask what they won at a random time within this, not all at once. */
const SPREAD_MS = 1_500;

export interface OwnView {
  own: Own;
  memberId: string | null;
  isKicked: boolean;
  /** Something of the viewer's that an answer told. */
  note(own: Partial<Own>): void;
}

/** What of the room is the viewer's own: asked for with each snapshot, after login, and when a draw was drawn. */
export function useOwn(roomId: string, { state, age }: RoomView, client: Client): OwnView {
  const { me } = useMembership();
  const [own, setOwn] = useState(NOTHING);
  const [isKicked, setKicked] = useState(false);
  const memberId = me?.id ?? null;
  const note = useCallback((more: Partial<Own>) => setOwn((known) => withOwn(known, { ...known, ...more })), []);

  const load = useCallback(() => {
    const asked = client.request<{ liveRoom: OwnRoom | null }>(OWN, { roomId });
    asked.then(({ liveRoom }) => liveRoom && setOwn((known) => withOwn(known, ownOf(liveRoom)))).catch(() => {});
  }, [roomId, client]);

  useEffect(() => setOwn(NOTHING), [memberId]);
  useEffect(() => {
    if (memberId && age) load();
  }, [memberId, age]);
  useEffect(() => {
    if (memberId) void comeIn(roomId, client).then((refusal) => setKicked(refusal?.code === "MEMBER_KICKED"));
  }, [memberId]);

  const asking = state ? unsettled(state, own).join() : "";
  useEffect(() => {
    if (!asking) return;
    const timer = setTimeout(load, Math.random() * SPREAD_MS);
    return () => clearTimeout(timer);
  }, [asking]);

  return { own, memberId, isKicked, note };
}

/** Tell the shop that the member is here, and by whose link: the first time decides who invited them. */
async function comeIn(roomId: string, client: Client): Promise<UserError | null> {
  const input = { liveRoomId: roomId, shareCode: client.session.shareCode };
  const answer = await client
    .request<{ liveRoomEnter: { userErrors: UserError[] } }>(ROOM_ENTER, { input })
    .catch(() => null);
  return answer?.liveRoomEnter.userErrors[0] ?? null;
}
