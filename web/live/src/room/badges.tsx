import type { DrawCard, RedPacketCard } from "../api/play-types.ts";
import { BagIcon } from "../draws/icon.tsx";
import { useWords } from "../locale.ts";
import { useShopNow } from "../parts/countdown.ts";
import { PacketIcon } from "../red-packets/icon.tsx";
import type { Own } from "./own.ts";
import { clockText, secondsUntil } from "./silence.ts";

interface Props {
  draw: DrawCard | null;
  packet: RedPacketCard | null;
  own: Own;
  onBoard(): void;
  onDraw(id: string): void;
  onPacket(id: string): void;
}

/** What floats over the picture: the board, and what can be won now. */
export function Badges({ draw, packet, own, onBoard, onDraw, onPacket }: Props) {
  const words = useWords();
  return (
    <nav class="badges">
      <button class="chip" onClick={onBoard}>
        <span>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M7 4h10v5a5 5 0 0 1-10 0zM7 6H3.500c0 3 1.5 5 4 5M17 6h3.500c0 3-1.5 5-4 5M12 14v4M8 20h8" />
          </svg>
          {words.board}
        </span>
      </button>
      {draw && (
        <button class="badge-bag" onClick={() => onDraw(draw.id)} aria-label={words.drawKind[draw.kind] ?? ""}>
          <BagIcon />
          <DrawLabel draw={draw} own={own} />
        </button>
      )}
      {packet && (
        <button class="badge-packet" onClick={() => onPacket(packet.id)} aria-label={words.redPacket}>
          <PacketIcon />
          <PacketLabel packet={packet} own={own} />
        </button>
      )}
    </nav>
  );
}

function DrawLabel({ draw, own }: { draw: DrawCard; own: Own }) {
  const words = useWords();
  const isTimed = draw.state === "OPEN" && draw.closesAt !== null;
  const now = useShopNow(isTimed);
  if (isTimed) return <small>{clockText(secondsUntil(Date.parse(draw.closesAt!), now))}</small>;
  if (draw.state === "OPEN") return <small>{draw.id in own.tickets ? words.drawEntered : words.drawOpen}</small>;
  return <small>{draw.state === "DRAWN" ? words.drawDrawn : words.drawDrawing}</small>;
}

function PacketLabel({ packet, own }: { packet: RedPacketCard; own: Own }) {
  const words = useWords();
  const now = useShopNow(packet.state === "WAITING");
  if (packet.state === "WAITING") return <small>{clockText(secondsUntil(Date.parse(packet.opensAt), now))}</small>;
  return <small>{packet.id in own.grabs ? words.redPacketGot : words.redPacketNow}</small>;
}
