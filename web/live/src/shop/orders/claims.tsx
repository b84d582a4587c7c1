import { useState } from "preact/hooks";
import type { UserError } from "../../api/types.ts";
import { useClient } from "../../api/use-client.ts";
import { Amount, times } from "../../parts/amount.tsx";
import { useAttempt } from "../../parts/attempt.ts";
import { Notice } from "../../parts/sheet.tsx";
import { when } from "../../parts/when.ts";
import { refusalText } from "../../refusals.ts";
import { AFTER_SALE_CANCEL, AFTER_SALE_SHIP_BACK } from "../api/documents.ts";
import type { AfterSale, Order } from "../api/types.ts";
import { useWords } from "../locale.ts";

interface Props {
  order: Order;
  onChange(): Promise<void>;
}

/** What the buyer asked to be put right, and how it stands. */
export function Claims({ order, onChange }: Props) {
  const words = useWords();
  if (!order.afterSales.length) return null;
  return (
    <div class="panel">
      <h2>{words.afterSale}</h2>
      {order.afterSales.map((sale) => (
        <Claim key={sale.id} sale={sale} order={order} onChange={onChange} />
      ))}
    </div>
  );
}

function Claim({ sale, order, onChange }: Props & { sale: AfterSale }) {
  const words = useWords();
  const client = useClient();
  const { busy, notice, run } = useAttempt();
  const act = (document: string, more: object = {}) =>
    void run(async () => {
      const input = { afterSaleId: sale.id, ...more };
      const { told } = await client.request<{ told: { userErrors: UserError[] } }>(document, { input });
      await onChange();
      return told.userErrors[0] ? refusalText(told.userErrors[0], words) : "";
    });
  const name = (lineId: string) => order.lines.find(({ id }) => id === lineId)?.name ?? "";
  const units = (kept: boolean) =>
    sale.lines
      .filter((line) => line.kept === kept)
      .map(({ orderLineId, quantity }) => `${name(orderLineId)} × ${quantity}`)
      .join(", ");
  return (
    <section class="claim-card" data-state={sale.state}>
      <header>
        <strong>{words.kind[sale.kind]}</strong>
        <em class={`state ${sale.state}`}>{words.claimState[sale.state]}</em>
      </header>
      <p class="muted">
        {units(false)} · {sale.reason} · {when(sale.createdAt, words.lang)}
      </p>
      {sale.answer && (
        <p class="reply">
          {words.replied}: {sale.answer}
        </p>
      )}
      {sale.kind !== "EXCHANGE" && <ComesBack sale={sale} kept={units(true)} />}
      {sale.state === "AGREED" && <ShipBack busy={busy} onSent={(sent) => act(AFTER_SALE_SHIP_BACK, sent)} />}
      {notice && <Notice text={notice} />}
      {(sale.state === "APPLIED" || sale.state === "AGREED") && (
        <button class="text-button" disabled={busy} onClick={() => act(AFTER_SALE_CANCEL)}>
          {words.cancelClaim}
        </button>
      )}
    </section>
  );
}

/** What was paid for the units − gifts that are kept = what comes back. */
function ComesBack({ sale: { amount, deducted }, kept }: { sale: AfterSale; kept: string }) {
  const words = useWords();
  const back = { ...amount, minor: amount.minor - deducted.minor };
  return (
    <dl class="steps">
      {deducted.minor > 0 && (
        <>
          <div data-part="claimed">
            <dt>{words.claimed}</dt>
            <dd>
              <Amount of={amount} />
            </dd>
          </div>
          <div data-part="deducted">
            <dt>
              {words.deducted}
              <small class="muted"> {kept}</small>
            </dt>
            <dd>
              <Amount of={times(deducted, -1)} />
            </dd>
          </div>
        </>
      )}
      <div data-part="back">
        <dt>{words.comesBack}</dt>
        <dd>
          <Amount of={back} />
        </dd>
      </div>
    </dl>
  );
}

function ShipBack({ busy, onSent }: { busy: boolean; onSent(sent: { carrier: string; trackingNumber: string }): void }) {
  const words = useWords();
  const [carrier, setCarrier] = useState("");
  const [trackingNumber, setTrackingNumber] = useState("");
  return (
    <form
      class="form"
      onSubmit={(submit) => {
        submit.preventDefault();
        onSent({ carrier, trackingNumber });
      }}
    >
      <div class="field-row">
        <label class="field">
          <span>{words.carrier}</span>
          <input value={carrier} maxLength={40} onInput={(change) => setCarrier(change.currentTarget.value)} />
        </label>
        <label class="field">
          <span>{words.trackingNumber}</span>
          <input value={trackingNumber} maxLength={40} onInput={(change) => setTrackingNumber(change.currentTarget.value)} />
        </label>
      </div>
      <button class="quiet" disabled={busy || !carrier.trim() || !trackingNumber.trim()}>
        {words.shipBack}
      </button>
    </form>
  );
}
