import { useState } from "preact/hooks";
import { newKey } from "yutang-web";
import type { UserError } from "../../api/types.ts";
import { useClient } from "../../api/use-client.ts";
import { exact } from "../../numbers.ts";
import { useAttempt } from "../../parts/attempt.ts";
import { Notice } from "../../parts/sheet.tsx";
import { day } from "../../parts/when.ts";
import { refusalText } from "../../refusals.ts";
import { COUPON_REDEEM } from "../api/documents.ts";
import type { Coupon, RefusedCoupon } from "../api/types.ts";
import { useWords, type Words } from "../locale.ts";
import { couponWorth } from "../parts/coupon.tsx";
import type { Checkout, Purse } from "./use-checkout.ts";

/** The member's coupons: the best are picked until somebody picks others; what does not apply says why. */
export function Coupons({ checkout, purse }: { checkout: Checkout; purse: Purse }) {
  const words = useWords();
  const { advice, shown, couponIds, pick } = checkout;
  const refused = new Map([...(advice?.refused ?? []), ...(shown?.refusedCoupons ?? [])].map((one) => [one.couponId, one]));
  const best = new Set(advice?.best.map(({ id }) => id));
  const usable = purse.coupons.nodes.filter(({ id }) => !isHopeless(refused.get(id)));
  const others = purse.coupons.nodes.filter(({ id }) => isHopeless(refused.get(id)));
  const toggle = (id: string) => pick(couponIds.includes(id) ? couponIds.filter((one) => one !== id) : [...couponIds, id]);
  return (
    <details class="coupons">
      <summary>
        <span>{words.coupon}</span>
        <span class={couponIds.length ? "chosen" : "muted"}>
          {couponIds.length ? words.couponsPicked(couponIds.length) : usable.length ? words.available(usable.length) : words.couponsNone}
        </span>
      </summary>
      <ul>
        {[...usable, ...others].map((coupon) => (
          <Line
            key={coupon.id}
            coupon={coupon}
            isBest={best.has(coupon.id)}
            isPicked={couponIds.includes(coupon.id)}
            refused={refused.get(coupon.id)}
            onToggle={() => toggle(coupon.id)}
          />
        ))}
      </ul>
      <Redeem onRedeemed={checkout.purse.reload} />
    </details>
  );
}

interface LineProps {
  coupon: Coupon;
  isBest: boolean;
  isPicked: boolean;
  refused: RefusedCoupon | undefined;
  onToggle(): void;
}

function Line({ coupon: { template, endsAt }, isBest, isPicked, refused, onToggle }: LineProps) {
  const words = useWords();
  return (
    <li>
      <label class="tick">
        <input type="checkbox" checked={isPicked} disabled={isHopeless(refused) && !isPicked} onChange={onToggle} />
        <span>
          <strong>{template.name}</strong>
          {isBest && <em class="tag">{words.couponBest}</em>}
          <small class="muted">
            {couponWorth(template, words)} · {words.couponUntil(day(endsAt, words.lang))}
          </small>
          {refused && <small class="warn">{reasonText(refused, words)}</small>}
        </span>
      </label>
    </li>
  );
}

function Redeem({ onRedeemed }: { onRedeemed(): Promise<void> }) {
  const words = useWords();
  const client = useClient();
  const [code, setCode] = useState("");
  const { busy, notice, run } = useAttempt();
  const redeem = () =>
    run(async () => {
      const input = { code, idempotencyKey: newKey() };
      const { couponRedeemCode } = await client.request<{ couponRedeemCode: { userErrors: UserError[] } }>(COUPON_REDEEM, { input });
      const [refusal] = couponRedeemCode.userErrors;
      if (refusal) return refusalText(refusal, words);
      setCode("");
      await onRedeemed();
      return words.redeemed;
    });
  return (
    <form
      class="form"
      onSubmit={(submit) => {
        submit.preventDefault();
        void redeem();
      }}
    >
      <div class="field-row">
        <label class="field">
          <span>{words.couponCode}</span>
          <input value={code} maxLength={40} autocomplete="off" onInput={(change) => setCode(change.currentTarget.value)} />
        </label>
        <button class="quiet" disabled={busy || !code.trim()}>
          {words.redeem}
        </button>
      </div>
      {notice && <Notice text={notice} />}
    </form>
  );
}

/** Nothing that is picked otherwise would let it apply. */
function isHopeless(refused: RefusedCoupon | undefined): boolean {
  return refused !== undefined && refused.reason !== "NOT_COMBINABLE";
}

function reasonText({ reason, lacking }: RefusedCoupon, words: Words): string {
  const why = words.couponReason[reason] ?? reason;
  return lacking.minor > 0 ? `${why} · ${words.lacking(exact(lacking.minor, lacking.currency))}` : why;
}

