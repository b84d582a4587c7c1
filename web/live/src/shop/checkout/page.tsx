import { useState } from "preact/hooks";
import { useClient } from "../../api/use-client.ts";
import { useMembership } from "../../member/gate.tsx";
import { useAttempt } from "../../parts/attempt.ts";
import { Price } from "../../parts/price.tsx";
import { Notice } from "../../parts/sheet.tsx";
import { when } from "../../parts/when.ts";
import { refusalText } from "../../refusals.ts";
import type { Basket } from "../address.ts";
import type { Quote } from "../api/types.ts";
import { useCart } from "../cart/cart.tsx";
import { EmptyCart } from "../cart/page.tsx";
import { useWords } from "../locale.ts";
import { useGo } from "../navigation.tsx";
import { Coupons } from "./coupons.tsx";
import { DeliveryChoice } from "./delivery.tsx";
import { Explained, lineOfQuote, WholeExplained, wholeOfQuote } from "./explained.tsx";
import { type Checkout, useCheckout } from "./use-checkout.ts";
import { useVariants, type VariantCards } from "./variants.ts";

/** Choose where it goes and what lowers the price, see every fen explained, and order. */
export function CheckoutPage({ basket }: { basket: Basket }) {
  const words = useWords();
  const { me, asMember } = useMembership();
  const client = useClient();
  if (client.session.accessToken === null)
    return (
      <p class="nothing">
        <button class="primary small" onClick={() => asMember(() => {})}>
          {words.login}
        </button>
      </p>
    );
  return <Choose key={me?.id} basket={basket} />;
}

function Choose({ basket }: { basket: Basket }) {
  const words = useWords();
  const { cart } = useCart();
  const checkout = useCheckout(useClient(), basket, cart);
  const { shown } = checkout;
  const cards = useVariants([...checkout.lines, ...(shown?.gifts ?? []), ...(shown?.missingGifts ?? [])].map(({ variantId }) => variantId));
  const purse = checkout.purse.value;
  if (cart !== undefined && checkout.lines.length === 0) return <EmptyCart />;
  return (
    <div class="columns">
      <section>
        <h1>{words.checkout}</h1>
        {purse && <DeliveryChoice checkout={checkout} purse={purse} />}
        <div class="panel">
          <h2>{words.goodsTitle}</h2>
          {shown?.lines.map((line) => <Explained key={line.variantId} line={lineOfQuote(line, cards[line.variantId])} />)}
          {shown && <Gifts quote={shown} cards={cards} />}
        </div>
      </section>
      <aside class="panel summary">
        {purse && <Coupons checkout={checkout} purse={purse} />}
        {purse && <Points checkout={checkout} balance={purse.points?.balance ?? 0} />}
        {shown ? <WholeExplained whole={wholeOfQuote(shown)} /> : <p class="nothing waiting" aria-busy="true" />}
        <Place checkout={checkout} />
      </aside>
    </div>
  );
}

function Gifts({ quote, cards }: { quote: Quote; cards: VariantCards }) {
  const words = useWords();
  const name = (variantId: string) => [cards[variantId]?.product?.name, cards[variantId]?.name].filter(Boolean).join(" ");
  return (
    <ul class="gifts-along">
      {quote.gifts.map(({ variantId, quantity }) => (
        <li key={variantId}>
          <em class="tag">{words.gift}</em>
          {name(variantId)} × {quantity}
        </li>
      ))}
      {quote.missingGifts.map(({ variantId, missing }) => (
        <li key={variantId} class="muted">
          {name(variantId)} · {words.giftMissing(missing)}
        </li>
      ))}
    </ul>
  );
}

function Points({ checkout, balance }: { checkout: Checkout; balance: number }) {
  const words = useWords();
  const { shown, points, spend } = checkout;
  if (balance <= 0) return null;
  return (
    <label class="row tick">
      <span>
        {words.usePoints}
        <small class="muted">{shown?.pointsUsed ? words.pointsUsed(String(shown.pointsUsed)) : words.pointsHave(String(balance))}</small>
      </span>
      <input type="checkbox" checked={points > 0} onChange={() => spend(points > 0 ? 0 : balance)} />
    </label>
  );
}

function Place({ checkout }: { checkout: Checkout }) {
  const words = useWords();
  const go = useGo();
  const cart = useCart();
  const [note, setNote] = useState("");
  const { busy, notice, run } = useAttempt();
  const { shown, isDelivered, quote } = checkout;

  const place = () =>
    run(async () => {
      const placed = await checkout.place(note.trim());
      if ("refusal" in placed) return placed.refusal.quote ? words.priceChanged : refusalText(placed.refusal, words);
      go({ at: "order", id: placed.orderId, isToBePaid: true }, { replace: true });
      await cart.reload();
      return "";
    });

  const standing = !isDelivered ? words.addressFirst : shown?.canBeOrdered === false ? words.cannotOrder : quote.failure;
  return (
    <>
      <label class="field">
        <span>{words.note}</span>
        <input value={note} maxLength={200} onInput={(change) => setNote(change.currentTarget.value)} />
      </label>
      {shown && shown.pointsEarned > 0 && <p class="muted">{words.pointsEarned(String(shown.pointsEarned))}</p>}
      {shown?.validUntil && <p class="muted">{words.validUntil(when(shown.validUntil, words.lang))}</p>}
      <Notice text={notice || standing} />
      <div class="buy-bar">
        {shown && <Price {...shown.total} />}
        <button class="primary" disabled={busy || !shown?.canBeOrdered || !isDelivered} onClick={() => void place()}>
          {words.place}
        </button>
      </div>
    </>
  );
}
