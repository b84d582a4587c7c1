import { price } from "../../numbers.ts";
import { Amount, sum } from "../../parts/amount.tsx";
import { useAttempt } from "../../parts/attempt.ts";
import { Picture } from "../../parts/picture.tsx";
import { Price } from "../../parts/price.tsx";
import { Notice } from "../../parts/sheet.tsx";
import { Stepper } from "../../parts/stepper.tsx";
import { refusalText } from "../../refusals.ts";
import { HOME } from "../address.ts";
import type { CartLine, UserError } from "../api/types.ts";
import { Explained, lineOfQuote } from "../checkout/explained.tsx";
import { useWords } from "../locale.ts";
import { Link, useGo } from "../navigation.tsx";
import { useCart } from "./cart.tsx";

const MOST = 999;

/** What is in the cart, and what the selected of it costs before coupons, points and shipping. */
export function CartPage() {
  const words = useWords();
  const go = useGo();
  const { cart } = useCart();
  if (cart === undefined) return <p class="nothing waiting" aria-busy="true" />;
  if (!cart?.lines.length) return <EmptyCart />;
  const { quote } = cart;
  const many = quote.lines.reduce((total, { quantity }) => total + quantity, 0);
  return (
    <div class="columns">
      <section>
        <h1>{words.cart}</h1>
        <ul class="cart-lines">
          {cart.lines.map((line) => (
            <Line key={line.id} line={line} />
          ))}
        </ul>
      </section>
      <aside class="panel summary">
        {quote.lines.map((line) => (
          <Explained key={line.variantId} line={lineOfQuote(line, cart.lines.find(({ variantId }) => variantId === line.variantId)?.variant)} />
        ))}
        <p class="row total">
          <span>{words.goods}</span>
          <Amount of={sum(quote.lines.map(({ payable }) => payable))} />
        </p>
        <p class="muted">{words.cartNote}</p>
        <button class="primary" disabled={!many || !quote.canBeOrdered} onClick={() => go({ at: "checkout", basket: { of: "cart" } })}>
          {words.toCheckout(many)}
        </button>
      </aside>
    </div>
  );
}

export function EmptyCart() {
  const words = useWords();
  return (
    <p class="nothing">
      {words.cartEmpty}
      <Link to={HOME} class="quiet">
        {words.lookAround}
      </Link>
    </p>
  );
}

function Line({ line }: { line: CartLine }) {
  const words = useWords();
  const { change, remove } = useCart();
  const { busy, notice, run } = useAttempt();
  const name = line.variant?.product?.name ?? words.unavailable;
  const isGone = line.available === 0 || !line.variant;
  const attempt = (action: () => Promise<UserError | null>) =>
    void run(async () => {
      const refusal = await action();
      return refusal ? refusalText(refusal, words) : "";
    });
  return (
    <li class={isGone ? "gone" : ""} aria-busy={busy}>
      <label class="tick">
        <input
          type="checkbox"
          aria-label={words.selectOf(name)}
          checked={line.selected}
          disabled={busy || isGone}
          onChange={() => attempt(() => change({ lineId: line.id, selected: !line.selected }))}
        />
      </label>
      <span class="thumb">
        <Picture name={name} url={line.variant?.pictureUrl ?? null} />
      </span>
      <span class="cart-text">
        {line.variant?.product ? <Link to={{ at: "product", slug: line.variant.product.slug }}>{name}</Link> : <span>{name}</span>}
        <small class="muted">{line.variant?.name}</small>
        {!line.inStock && !isGone && <small class="warn">{words.lineShort(line.available)}</small>}
        <span class="cart-price">
          {line.unitPrice && <Price {...line.unitPrice} />}
          {line.priceChanged && <small class="muted">{words.priceWas(price(line.addedPrice.minor, line.addedPrice.currency))}</small>}
        </span>
      </span>
      <span class="cart-deeds">
        {!isGone && (
          <Stepper
            value={line.quantity}
            most={Math.min(MOST, Math.max(1, line.available))}
            onChange={(quantity) => attempt(() => change({ lineId: line.id, quantity }))}
          />
        )}
        <button class="text-button" aria-label={words.removeOf(name)} onClick={() => attempt(() => remove(line.id))}>
          {words.remove}
        </button>
      </span>
      {notice && <Notice text={notice} />}
    </li>
  );
}
