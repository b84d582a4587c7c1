import { useRef, useState } from "preact/hooks";
import { newKey } from "yutang-web";
import type { UserError } from "../../api/types.ts";
import { useClient } from "../../api/use-client.ts";
import { Amount, sum } from "../../parts/amount.tsx";
import { useAttempt } from "../../parts/attempt.ts";
import { Notice } from "../../parts/sheet.tsx";
import { refusalText } from "../../refusals.ts";
import { AFTER_SALE_APPLY } from "../api/documents.ts";
import type { AfterSaleKind, Order, OrderLine } from "../api/types.ts";
import { useWords } from "../locale.ts";

const KINDS: readonly AfterSaleKind[] = ["REFUND_ONLY", "RETURN_REFUND", "EXCHANGE"];
const OVER = ["CANCELLED_BY_BUYER", "REJECTED", "REFUSED"];

/** Which units, what should be done about them, and why. */
export function Apply({ order, onApplied }: { order: Order; onApplied(): Promise<void> }) {
  const words = useWords();
  const client = useClient();
  const lines = order.lines.filter(({ kind }) => kind !== "GIFT").map((line) => ({ line, claimed: claimedOf(order, line) }));
  const [quantities, setQuantities] = useState<Record<string, number>>(() => onlyOne(lines));
  const kinds = order.state === "PAID" ? KINDS.slice(0, 1) : KINDS;
  const [kind, setKind] = useState<AfterSaleKind>("REFUND_ONLY");
  const [reason, setReason] = useState(words.reasons[0]!);
  const key = useRef(newKey());
  const { busy, notice, run } = useAttempt();
  const chosen = Object.entries(quantities).filter(([, many]) => many > 0);

  const apply = () =>
    run(async () => {
      const asked = chosen.map(([orderLineId, quantity]) => ({ orderLineId, quantity }));
      const input = { orderId: order.id, kind, lines: asked, reason: reason.trim(), idempotencyKey: key.current };
      const { told } = await client.request<{ told: { userErrors: UserError[] } }>(AFTER_SALE_APPLY, { input });
      const [refusal] = told.userErrors;
      if (!refusal) await onApplied();
      else if (!refusal.retryable) key.current = newKey();
      return refusal ? refusalText(refusal, words) : "";
    });

  return (
    <form
      class="form apply"
      onSubmit={(submit) => {
        submit.preventDefault();
        void apply();
      }}
    >
      <fieldset>
        <legend>{words.whatAndMany}</legend>
        {lines.map(({ line, claimed }) => (
          <label key={line.id} class="row">
            <span>
              {line.name}
              <small class="muted">{line.variantName}</small>
            </span>
            <select
              value={quantities[line.id] ?? 0}
              onChange={(change) => setQuantities({ ...quantities, [line.id]: Number(change.currentTarget.value) })}
            >
              {Array.from({ length: line.quantity - claimed + 1 }, (_, many) => (
                <option key={many} value={many}>
                  {many}
                </option>
              ))}
            </select>
          </label>
        ))}
      </fieldset>
      <fieldset class="option">
        <legend>{words.kindLabel}</legend>
        {kinds.map((one) => (
          <label key={one}>
            <input type="radio" name="kind" checked={kind === one} onChange={() => setKind(one)} />
            <span>{words.kind[one]}</span>
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>{words.reason}</span>
        <input list="reasons" value={reason} maxLength={200} onInput={(change) => setReason(change.currentTarget.value)} />
        <datalist id="reasons">
          {words.reasons.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      </label>
      {kind !== "EXCHANGE" && (
        <p class="row total">
          <span>{words.estimated}</span>
          <Amount of={sum(lines.flatMap(({ line, claimed }) => line.unitPaid.slice(claimed, claimed + (quantities[line.id] ?? 0))))} />
        </p>
      )}
      <Notice text={notice} />
      <button class="primary" disabled={busy || !chosen.length || !reason.trim()}>
        {words.submit}
      </button>
    </form>
  );
}

/** Units that an after-sale is about or was; the first that are free are taken next. */
function claimedOf(order: Order, line: OrderLine): number {
  const standing = order.afterSales.filter(({ state }) => !OVER.includes(state)).flatMap((sale) => sale.lines);
  const many = standing.filter(({ orderLineId }) => orderLineId === line.id).reduce((total, { quantity }) => total + quantity, 0);
  return Math.min(many, line.quantity);
}

function onlyOne(lines: { line: OrderLine; claimed: number }[]): Record<string, number> {
  const [first] = lines;
  return lines.length === 1 && first ? { [first.line.id]: first.line.quantity - first.claimed } : {};
}
