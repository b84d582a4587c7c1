import { useEffect, useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { PACKET_GRAB, PACKET_GRABS } from "../api/documents.ts";
import type { RedPacketCard, RedPacketGrab } from "../api/play-types.ts";
import type { BulletComment, UserError } from "../api/types.ts";
import { Conditions } from "../draws/conditions.tsx";
import { sayPassword } from "../draws/enter.ts";
import { useWords, type Words } from "../locale.ts";
import { useMembership } from "../member/gate.tsx";
import { price } from "../numbers.ts";
import { useAttempt } from "../parts/attempt.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useShopNow } from "../parts/countdown.ts";
import { Notice, Sheet } from "../parts/sheet.tsx";
import { refusalText } from "../refusals.ts";
import { clockText, secondsUntil } from "../room/silence.ts";
import type { OwnView } from "../room/use-own.ts";

interface Props {
  packet: RedPacketCard;
  roomId: string;
  mine: OwnView;
  client: Client;
  onSaid(comment: BulletComment, waits: boolean): void;
  onClose(): void;
}

/** A red packet (红包): opening it, what the viewer got, and who got what. */
export function RedPacketSheet(props: Props) {
  const { packet, mine, client, onClose } = props;
  const words = useWords();
  const amount = mine.own.grabs[packet.id];
  const isOver = packet.state === "GONE" || packet.state === "EXPIRED";
  return (
    <Sheet title={words.redPacketOf(packet.sponsorName)} onClose={onClose} look="red">
      <div class="packet" data-packet={packet.state}>
        <p class="greeting">{packet.greeting}</p>
        {amount !== undefined ? (
          <Got text={sumText(packet, amount, words)} />
        ) : isOver ? (
          <p class="packet-over" role="status">
            {packet.state === "GONE" ? words.redPacketGone : words.redPacketExpired}
          </p>
        ) : (
          <Opening {...props} />
        )}
        {(amount !== undefined || isOver) && <Grabs packet={packet} client={client} />}
      </div>
    </Sheet>
  );
}

function Opening({ packet, roomId, mine, client, onSaid }: Props) {
  const words = useWords();
  const { asMember } = useMembership();
  const { busy, notice, run } = useAttempt();
  const now = useShopNow(packet.state === "WAITING");
  const waitS = packet.state === "WAITING" ? secondsUntil(Date.parse(packet.opensAt), now) : 0;

  const grab = () =>
    run(async () => {
      const unsaid = await sayPassword(client, roomId, packet.conditions, onSaid);
      const { redPacketGrab: told } = await client.request<GrabAnswer>(PACKET_GRAB, {
        input: { redPacketId: packet.id },
      });
      if (told.grab) mine.note({ grabs: { [packet.id]: told.grab.amount } });
      const refusal = told.userErrors[0] && (unsaid ?? told.userErrors[0]);
      return refusal ? refusalText(refusal, words) : "";
    });

  return (
    <>
      {hasConditions(packet) && <Conditions conditions={packet.conditions} />}
      <button
        class={busy ? "coin turning" : "coin"}
        aria-label={words.redPacketGrab}
        disabled={busy || waitS > 0}
        onClick={() => asMember(() => void grab())}
      >
        <span>{waitS > 0 ? clockText(waitS) : words.redPacketOpen}</span>
      </button>
      <Notice text={notice || (waitS > 0 ? words.redPacketIn : words.redPacketSum(sumText(packet, packet.total, words)))} />
    </>
  );
}

function Got({ text }: { text: string }) {
  const words = useWords();
  return (
    <p class="got" role="status">
      <b>{text}</b>
      <small>{words.inWallet}</small>
    </p>
  );
}

/** Who got what, the luckiest first; asked again as more is grabbed. */
function Grabs({ packet, client }: { packet: RedPacketCard; client: Client }) {
  const words = useWords();
  const [grabs, setGrabs] = useState<readonly RedPacketGrab[]>([]);
  useEffect(() => {
    const asked = client.request<{ node: { grabs: RedPacketGrab[] } | null }>(PACKET_GRABS, { id: packet.id });
    asked.then(({ node }) => setGrabs(node?.grabs ?? [])).catch(() => {});
  }, [packet.id, packet.version]);
  return (
    <section class="grabs">
      <h3>{words.redPacketCount(String(packet.grabbed), String(packet.count))}</h3>
      <ul>
        {grabs.map((grab, place) => (
          <li key={place}>
            <Avatar name={grab.name} />
            <span>
              {grab.name}
              {place === 0 && packet.luckiest && <em>{words.luckiest}</em>}
            </span>
            <b>{sumText(packet, grab.amount, words)}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}

function sumText({ kind }: RedPacketCard, amount: number, words: Words): string {
  return kind === "CASH" ? price(amount, "CNY") : words.coinsOf(String(amount));
}

function hasConditions({ conditions }: RedPacketCard): boolean {
  const { boundToHost, password, hasOrdered, leastInvited } = conditions;
  return boundToHost || password !== null || hasOrdered || leastInvited > 0;
}

interface GrabAnswer {
  redPacketGrab: { grab: { amount: number } | null; userErrors: UserError[] };
}
