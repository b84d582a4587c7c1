import { useEffect, useRef, useState } from "preact/hooks";
import { newKey } from "yutang-web";
import { useClient } from "../../api/use-client.ts";
import { exact } from "../../numbers.ts";
import { Amount } from "../../parts/amount.tsx";
import { Notice } from "../../parts/sheet.tsx";
import { failureText } from "../../refusals.ts";
import { WITHDRAWAL_QUOTE, WITHDRAWAL_REQUEST } from "../api/documents.ts";
import type { Wallet, WithdrawalQuote, WithdrawalTerms } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { useAct } from "../parts/act.ts";
import { fenOf, typed } from "../parts/fen.ts";
import { RealName } from "./name.tsx";
import type { PayoutAccount } from "./page.tsx";

const PAUSE_MS = 300;

interface Props {
  wallet: Wallet;
  terms: WithdrawalTerms;
  account: PayoutAccount | null;
  onAsked(): Promise<void>;
}

/** How much, what the brand keeps of it and what arrives; one intent takes money out once, however often it is sent. */
export function Ask({ wallet: { available, debt }, terms, account, onAsked }: Props) {
  const words = useWords();
  const [text, setText] = useState("");
  const minor = fenOf(text);
  const { quote, failure } = useQuote(minor);
  const key = useRef(newKey());
  const { busy, notice, act } = useAct();
  const type = (typing: string) => {
    key.current = newKey();
    setText(typing);
  };
  const request = () =>
    act(WITHDRAWAL_REQUEST, { amount: { minor }, idempotencyKey: key.current }, async (refusal) => {
      await onAsked();
      if (refusal) return;
      type("");
      return words.requested;
    });
  if (!account) return <p class="panel">{words.noAccount}</p>;
  const needsName = !!quote?.needsName && !account.realName;
  const money = ({ minor, currency }: typeof available) => exact(minor, currency);
  return (
    <form
      class="panel form"
      onSubmit={(event) => {
        event.preventDefault();
        void request();
      }}
    >
      <p class="available" data-part="available">
        <small class="muted block">{words.available}</small>
        <Amount of={available} />
      </p>
      {debt.minor < 0 && <p class="warn">{words.inDebt(exact(-debt.minor, debt.currency))}</p>}
      <div class="field-row">
        <label class="field">
          <span>{words.amount}</span>
          <input inputMode="decimal" autocomplete="off" maxLength={12} value={text} onInput={(change) => type(change.currentTarget.value)} />
        </label>
        <button type="button" class="quiet" disabled={available.minor <= 0} onClick={() => type(typed(available.minor))}>
          {words.all}
        </button>
      </div>
      <p class="muted">{words.terms(money(terms.least), money(terms.most), terms.timesADay)}</p>
      <dl class="sums" aria-live="polite">
        <div data-part="fee">
          <dt>{words.fee}</dt>
          <dd>{quote ? <Amount of={quote.fee} /> : "–"}</dd>
        </div>
        <div data-part="arrives">
          <dt>{words.arrives}</dt>
          <dd>{quote ? <Amount of={quote.transferred} /> : "–"}</dd>
        </div>
      </dl>
      <p class="muted">
        {words.toWechat(account.openidTail)}
        {quote?.needsApproval && ` · ${words.needsApproval}`}
      </p>
      {needsName && <RealName onSaved={onAsked} />}
      <Notice text={notice || failure || (text && minor === null ? words.amountWrong : "")} />
      <button class="primary" disabled={busy || !quote || needsName}>
        {words.withdrawGo}
      </button>
    </form>
  );
}

/** What an amount would cost, a moment after it was typed; none while it is no amount, or when it may not be taken out. */
function useQuote(minor: number | null): { quote: WithdrawalQuote | null; failure: string } {
  const words = useWords();
  const client = useClient();
  const [known, setKnown] = useState<{ quote: WithdrawalQuote | null; failure: string }>({ quote: null, failure: "" });
  useEffect(() => {
    let isWanted = true;
    setKnown({ quote: null, failure: "" });
    if (minor === null) return;
    const timer = setTimeout(async () => {
      const asked = client.request<{ withdrawalQuote: WithdrawalQuote }>(WITHDRAWAL_QUOTE, { amount: { minor } });
      const found = await asked.then(
        ({ withdrawalQuote }) => ({ quote: withdrawalQuote, failure: "" }),
        (error) => ({ quote: null, failure: failureText(error, words) }),
      );
      if (isWanted) setKnown(found);
    }, PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [minor]);
  return known;
}
