import { useEffect, useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { RESERVATION, ROOM_RESERVE, ROOM_UNRESERVE } from "../api/documents.ts";
import type { UserError } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { useMembership } from "../member/gate.tsx";
import { short } from "../numbers.ts";
import { failureText, refusalText } from "../refusals.ts";

export interface Reservation {
  reservationCount: number;
  reservedByMe: boolean;
}

interface Props {
  roomId: string;
  client: Client;
  /** As a list tells it; else it is asked for. */
  told?: Reservation;
  onNotice(text: string): void;
}

/** Reserve a room to come (预约), and give it up again. */
export function Reserve({ roomId, client, told: listed, onNotice }: Props) {
  const words = useWords();
  const { me, asMember } = useMembership();
  const [{ reservationCount: count, reservedByMe: isReserved }, setReservation] = useState<Reservation>(
    listed ?? { reservationCount: 0, reservedByMe: false },
  );

  useEffect(() => {
    if (listed) return setReservation(listed);
    const asked = client.request<{ liveRoom: Reservation | null }>(RESERVATION, { roomId });
    asked.then(({ liveRoom }) => liveRoom && setReservation(liveRoom)).catch(() => {});
  }, [roomId, listed, me?.id]);

  const toggle = async () => {
    try {
      const document = isReserved ? ROOM_UNRESERVE : ROOM_RESERVE;
      const { told } = await client.request<Answer>(document, { input: { liveRoomId: roomId } });
      onNotice(told.userErrors[0] ? refusalText(told.userErrors[0], words) : "");
      if (told.reserved === null || told.reserved === isReserved) return;
      setReservation({ reservationCount: count + (told.reserved ? 1 : -1), reservedByMe: told.reserved });
    } catch (error) {
      onNotice(failureText(error, words));
    }
  };

  return (
    <button class={isReserved ? "reserve on" : "reserve"} aria-pressed={isReserved} onClick={() => asMember(() => void toggle())}>
      <span>{isReserved ? words.reserved : words.reserve}</span>
      {count > 0 && <small>{words.reservations(short(count, words.lang))}</small>}
    </button>
  );
}

interface Answer {
  told: { reserved: boolean | null; userErrors: UserError[] };
}
