import { useRef, useState } from "preact/hooks";
import { newKey } from "yutang-web";
import type { Client } from "../api/client.ts";
import type { Payment, UserError } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { useMembership } from "../member/gate.tsx";
import { price } from "../numbers.ts";
import { useAttempt } from "../parts/attempt.ts";
import { Picture } from "../parts/picture.tsx";
import { Price } from "../parts/price.tsx";
import { Notice, Sheet } from "../parts/sheet.tsx";
import { StockBar } from "../parts/stock.tsx";
import { Stepper } from "../parts/stepper.tsx";
import { refusalText } from "../refusals.ts";
import type { Item } from "../room/state.ts";
import { pay, place } from "./checkout.ts";
import { Pay } from "./pay.tsx";

interface Props {
  item: Item;
  roomId: string;
  storeName: string;
  client: Client;
  onClose(): void;
}

type Step = { at: "choose" } | { at: "pay"; orderId: string; payment: Payment } | { at: "paid" };

/** Choose, order, pay. The item is live: its stock falls while the sheet is open. */
export function Purchase({ item, roomId, storeName, client, onClose }: Props) {
  const words = useWords();
  const [step, setStep] = useState<Step>({ at: "choose" });
  const title = { choose: words.checkout, pay: words.pay, paid: words.paid }[step.at];
  return (
    <Sheet title={title} onClose={onClose}>
      {step.at === "choose" && (
        <Choose item={item} roomId={roomId} client={client} onPlaced={setStep} />
      )}
      {step.at === "pay" && (
        <Pay {...step} payee={storeName} client={client} onPaid={() => setStep({ at: "paid" })} />
      )}
      {step.at === "paid" && <Paid onClose={onClose} />}
    </Sheet>
  );
}

interface ChooseProps {
  item: Item;
  roomId: string;
  client: Client;
  onPlaced(next: Step): void;
}

function Choose({ item, roomId, client, onPlaced }: ChooseProps) {
  const words = useWords();
  const { asMember } = useMembership();
  const [quantity, setQuantity] = useState(1);
  const most = Math.max(0, Math.min(item.stock, item.limitPerMember ?? Infinity));
  const attempt = useRef(newAttempt());
  const { busy, notice, run } = useAttempt();

  const choose = (chosen: number) => {
    attempt.current = newAttempt();
    setQuantity(chosen);
  };

  const refused = (refusal: UserError, renewed: Partial<Attempt>) => {
    if (!refusal.retryable) attempt.current = { ...attempt.current, ...renewed };
    if (refusal.available) choose(refusal.available);
    return refusalText(refusal, words);
  };

  const order = () =>
    run(async () => {
      const { orderKey, payKey } = attempt.current;
      const placed = await place(client, { liveRoomId: roomId, variantId: item.variantId, quantity, idempotencyKey: orderKey });
      if ("refusal" in placed) return refused(placed.refusal, newAttempt());
      const paying = await pay(client, placed.value, payKey);
      if ("refusal" in paying) return refused(paying.refusal, { payKey: newKey() });
      onPlaced(paying.value ? { at: "pay", orderId: placed.value, payment: paying.value } : { at: "paid" });
      return "";
    });

  return (
    <div class="purchase">
      <div class="purchase-item">
        <Picture name={item.name} url={item.imageUrl} />
        <span>
          <span class="tag">{words.livePrice}</span>
          <Price minor={item.priceMinor} currency={item.currency} />
          {item.listPriceMinor > item.priceMinor && <s>{price(item.listPriceMinor, item.currency)}</s>}
          <strong>{item.name}</strong>
          <span class="muted">{words.sold(item.sold)}</span>
          <StockBar item={item} />
        </span>
      </div>
      <div class="row">
        <span>
          {words.quantity}
          {item.limitPerMember !== null && <small class="muted">{words.limit(item.limitPerMember)}</small>}
        </span>
        <Stepper value={quantity} most={Math.max(1, most)} onChange={choose} />
      </div>
      <div class="row total">
        <span>{words.total}</span>
        <Price minor={item.priceMinor * quantity} currency={item.currency} />
      </div>
      <Notice text={notice} />
      <button class="primary" disabled={busy || most === 0} onClick={() => asMember(() => void order())}>
        {most === 0 ? words.soldOut : words.buyNow}
      </button>
    </div>
  );
}

/** Keys of one intent: a repeat after a lost answer, or after a payment that was refused, must not order twice. */
interface Attempt {
  orderKey: string;
  payKey: string;
}

function newAttempt(): Attempt {
  return { orderKey: newKey(), payKey: newKey() };
}

function Paid({ onClose }: { onClose(): void }) {
  const words = useWords();
  return (
    <div class="purchase paid">
      <svg viewBox="0 0 64 64" aria-hidden="true">
        <circle cx="32" cy="32" r="28" />
        <path d="M20 33l9 9 16-19" />
      </svg>
      <p role="status">{words.paidNote}</p>
      <button class="primary" onClick={onClose}>
        {words.done}
      </button>
    </div>
  );
}
