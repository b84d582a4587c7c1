import { useState } from "preact/hooks";
import { newKey } from "yutang-web";
import type { UserError } from "../../api/types.ts";
import { useClient } from "../../api/use-client.ts";
import { useMembership } from "../../member/gate.tsx";
import { price } from "../../numbers.ts";
import { useAttempt } from "../../parts/attempt.ts";
import { Notice } from "../../parts/sheet.tsx";
import { day } from "../../parts/when.ts";
import { refusalText } from "../../refusals.ts";
import { COUPON_TAKE } from "../api/documents.ts";
import type { CouponTemplate } from "../api/types.ts";
import { useWords, type Words } from "../locale.ts";

/** A coupon that can be taken, with what it gives and from when on. */
export function CouponToTake({ template }: { template: CouponTemplate }) {
  const words = useWords();
  const client = useClient();
  const { asMember } = useMembership();
  const [taken, setTaken] = useState(template.takenByMe);
  const [key] = useState(newKey);
  const { busy, notice, run } = useAttempt();
  const take = () =>
    run(async () => {
      const input = { couponTemplateId: template.id, idempotencyKey: `${key}-${taken}` };
      const { couponTake } = await client.request<{ couponTake: { userErrors: UserError[] } }>(COUPON_TAKE, { input });
      const [refusal] = couponTake.userErrors;
      if (refusal) return refusalText(refusal, words);
      setTaken(taken + 1);
      return "";
    });
  const isMine = taken >= template.perPerson;
  return (
    <div class="ticket">
      <span class="ticket-worth">{faceOf(template, words)}</span>
      <span class="ticket-text">
        <strong>{template.name}</strong>
        <small>
          {thresholdText(template, words)}
          {template.days !== null && ` · ${words.couponDays(template.days)}`}
          {template.endsAt && ` · ${words.couponUntil(day(template.endsAt, words.lang))}`}
        </small>
      </span>
      <button disabled={busy || isMine || template.left === 0} onClick={() => asMember(() => void take())}>
        {isMine ? words.taken : template.left === 0 ? words.soldOut : words.take}
      </button>
      {notice && <Notice text={notice} />}
    </div>
  );
}

/** What it gives and from when on, in one line. */
export function couponWorth(template: CouponTemplate, words: Words): string {
  const gives = template.kind === "FIXED" ? words.couponOff(faceOf(template, words)) : faceOf(template, words);
  const { cap } = template;
  const capped = cap.minor > 0 ? ` · ${words.couponCap(price(cap.minor, cap.currency))}` : "";
  return `${thresholdText(template, words)} · ${gives}${capped}`;
}

function faceOf({ kind, amount, offBp }: CouponTemplate, words: Words): string {
  switch (kind) {
    case "FIXED":
      return price(amount.minor, amount.currency);
    case "PERCENT":
      return words.couponPercent(percentText(offBp, words.lang));
    case "FREE_SHIPPING":
      return words.couponShipping;
    case "EXCHANGE":
      return words.couponExchange;
  }
}

/** 1,500 basis points off are 八五折 (8.5) in Chinese, 15 (%) elsewhere. */
function percentText(offBp: number, lang: string): string {
  const hundredths = lang.startsWith("zh") ? (10_000 - offBp) / 10 : offBp;
  return String(hundredths / 100);
}

function thresholdText({ threshold }: CouponTemplate, words: Words): string {
  return threshold.minor > 0 ? words.couponFrom(price(threshold.minor, threshold.currency)) : words.couponAny;
}
