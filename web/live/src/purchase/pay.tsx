import { useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import type { Payment } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { useAttempt } from "../parts/attempt.ts";
import { Price } from "../parts/price.tsx";
import { Notice } from "../parts/sheet.tsx";
import { confirm, settled } from "./checkout.ts";

interface Props {
  orderId: string;
  payment: Payment;
  payee: string;
  client: Client;
  onPaid(): void;
}

/** The payment sheet of the sandbox: the buyer says yes, and the shop is asked until it knows. */
export function Pay({ orderId, payment, payee, client, onPaid }: Props) {
  const words = useWords();
  const [confirmed, setConfirmed] = useState(false);
  const { busy, notice, run } = useAttempt();

  const go = () =>
    run(async () => {
      if (!confirmed) await confirm(payment);
      setConfirmed(true);
      if (!(await settled(client, orderId))) return words.paySlow;
      onPaid();
      return "";
    });

  return (
    <div class="purchase pay">
      <p class="muted">{words.payTo(payee)}</p>
      <p class="pay-amount">
        <Price minor={payment.amount.minor} currency={payment.amount.currency} />
      </p>
      <div class="row">
        <span>{words.payWith}</span>
        <span>
          {words.sandbox}
          <small class="muted">{words.sandboxNote}</small>
        </span>
      </div>
      <Notice text={busy ? words.paying : notice} />
      <button class="primary" disabled={busy} onClick={() => void go()}>
        {confirmed && !busy ? words.payAgain : words.payConfirm}
      </button>
    </div>
  );
}
