import { exact } from "../../numbers.ts";
import { Amount, times } from "../../parts/amount.tsx";
import { when } from "../../parts/when.ts";
import type { Order } from "../api/types.ts";
import { useWords } from "../locale.ts";

/** What was paid with what, and what went back. */
export function Payments({ order: { payments, refunds, refunded } }: { order: Order }) {
  const words = useWords();
  const made = payments.filter(({ state }) => state !== "CLOSED");
  if (!made.length && !refunds.length) return null;
  return (
    <section class="money">
      <h2>{words.payments}</h2>
      <dl class="steps">
        {made.map((payment) => (
          <div key={payment.id} data-part="payment">
            <dt>
              {words.method[payment.method] ?? payment.method}
              <small class="muted"> {words.paymentState[payment.state]}</small>
            </dt>
            <dd>
              <Amount of={payment.amount} />
            </dd>
          </div>
        ))}
        {refunds.map((refund) => (
          <div key={refund.id} data-part="refund" data-state={refund.state}>
            <dt>
              {words.refund} · {refund.reason}
              <small class="muted"> {words.refundState[refund.state]}</small>
            </dt>
            <dd>
              <Amount of={times(refund.amount, -1)} />
            </dd>
          </div>
        ))}
      </dl>
      {refunded.minor > 0 && <p class="refunded">{words.refundedOf(exact(refunded.minor, refunded.currency))}</p>}
    </section>
  );
}

export function Packages({ order: { shipments, lines } }: { order: Order }) {
  const words = useWords();
  if (!shipments.length) return null;
  const name = (lineId: string) => lines.find(({ id }) => id === lineId)?.name ?? "";
  return (
    <div class="panel">
      <h2>{words.packages}</h2>
      <ul class="packages">
        {shipments.map((one) => (
          <li key={one.id}>
            <strong>{one.carrier ? `${one.carrier} ${one.trackingNumber}` : words.handedOver}</strong>
            <em class="state">{words.packageState[one.state]}</em>
            <small class="muted block">
              {one.packed.map(({ orderLineId, quantity }) => `${name(orderLineId)} × ${quantity}`).join(", ")} ·{" "}
              {when(one.receivedAt ?? one.sentAt, words.lang)}
            </small>
          </li>
        ))}
      </ul>
    </div>
  );
}
