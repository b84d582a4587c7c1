import { useEffect, useRef, useState } from "preact/hooks";
import { newKey } from "yutang-web";
import type { Client } from "../api/client.ts";
import { GIFT_SEND, GIFTS } from "../api/documents.ts";
import type { Gift, UserError } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { useMembership } from "../member/gate.tsx";
import { Notice, Sheet } from "../parts/sheet.tsx";
import { failureText, refusalText } from "../refusals.ts";
import { GiftIcon } from "./icon.tsx";

const COUNTS = ["1", "6", "10", "66"];

interface Props {
  roomId: string;
  client: Client;
  onClose(): void;
}

export function GiftSheet({ roomId, client, onClose }: Props) {
  const words = useWords();
  const { me, asMember, setCoins } = useMembership();
  const [gifts, setGifts] = useState<readonly Gift[]>([]);
  const [chosen, setChosen] = useState<Gift | null>(null);
  const [count, setCount] = useState(1);
  const [notice, setNotice] = useState("");
  const [busy, setBusy] = useState(false);
  const unanswered = useRef<string | null>(null);

  useEffect(() => {
    client.request<{ gifts: Gift[] }>(GIFTS).then(
      (answer) => {
        setGifts(answer.gifts);
        setChosen(answer.gifts[0] ?? null);
      },
      (error) => setNotice(failureText(error, words)),
    );
  }, [client]);

  const choose = (gift: Gift, number: number) => {
    unanswered.current = null;
    setChosen(gift);
    setCount(number);
    setNotice("");
  };

  const give = async (gift: Gift) => {
    unanswered.current ??= newKey();
    setBusy(true);
    setNotice("");
    try {
      const input = { liveRoomId: roomId, giftId: gift.id, count, idempotencyKey: unanswered.current };
      const { giftSend } = await client.request<GiveAnswer>(GIFT_SEND, { input });
      const [refusal] = giftSend.userErrors;
      if (!refusal?.retryable) unanswered.current = null;
      if (giftSend.coinBalance !== null) setCoins(giftSend.coinBalance);
      if (refusal) setNotice(refusalText(refusal, words));
    } catch (error) {
      setNotice(failureText(error, words));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Sheet title={words.gifts} onClose={onClose} look="dark">
      <ul class="gifts">
        {gifts.map((gift) => (
          <li key={gift.id}>
            <button aria-pressed={gift.id === chosen?.id} onClick={() => choose(gift, count)}>
              <GiftIcon code={gift.code} />
              <span>{gift.name}</span>
              <small>
                {gift.coins} {words.coins}
              </small>
            </button>
          </li>
        ))}
      </ul>
      <Notice text={notice || words.giftFree} />
      <footer class="gift-bar">
        <span class="balance">
          <i />
          {words.balance(String(me?.coinBalance ?? "–"))}
        </span>
        <label class="count">
          <select
            aria-label={words.count}
            value={String(count)}
            onChange={(change) => chosen && choose(chosen, Number(change.currentTarget.value))}
          >
            {COUNTS.map((value) => (
              <option key={value} value={value}>
                ×{value}
              </option>
            ))}
          </select>
        </label>
        <button
          class="primary small"
          disabled={!chosen || busy}
          onClick={() => chosen && asMember(() => void give(chosen))}
        >
          {words.give}
        </button>
      </footer>
    </Sheet>
  );
}

interface GiveAnswer {
  giftSend: { coinBalance: number | null; userErrors: UserError[] };
}
