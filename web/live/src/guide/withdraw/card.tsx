import { exact } from "../../numbers.ts";
import { Amount } from "../../parts/amount.tsx";
import { useAttempt } from "../../parts/attempt.ts";
import { Notice } from "../../parts/sheet.tsx";
import { when } from "../../parts/when.ts";
import { WITHDRAWAL_CANCEL } from "../api/documents.ts";
import type { Withdrawal } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { useAct } from "../parts/act.ts";
import { confirmInWechat } from "./confirm.ts";

interface Props {
  withdrawal: Withdrawal;
  onChange(): Promise<void>;
}

/** One withdrawal: where it stands, and what the guide can do about it. */
export function WithdrawalCard({ withdrawal, onChange }: Props) {
  const words = useWords();
  const { id, state, amount, fee, transferred, createdAt, note, failure, confirmation, confirmBy } = withdrawal;
  const { busy, notice, act } = useAct();
  const confirming = useAttempt();
  const confirm = () =>
    confirming.run(async () => {
      const isDone = await confirmInWechat(confirmation!);
      await onChange();
      return isDone ? "" : words.confirmInWechat;
    });
  return (
    <article class="panel withdrawal" data-state={state}>
      <header>
        <em class={`state ${state}`}>{words.withdrawalState[state]}</em>
        <Amount of={amount} />
      </header>
      <p class="muted">
        {when(createdAt, words.lang)} · {words.fee} {exact(fee.minor, fee.currency)} · {words.arrives}{" "}
        <Amount of={transferred} />
      </p>
      {(note || failure) && <p class="muted">{[note, failure].filter(Boolean).join(" · ")}</p>}
      {(notice || confirming.notice) && <Notice text={notice || confirming.notice} />}
      {state === "WAIT_USER_CONFIRM" && confirmation && (
        <>
          {confirmBy && <p class="warn">{words.confirmBy(when(confirmBy, words.lang))}</p>}
          <button class="primary" disabled={confirming.busy} onClick={() => void confirm()}>
            {words.confirm}
          </button>
        </>
      )}
      {(state === "REQUESTED" || state === "APPROVED") && (
        <button class="text-button" disabled={busy} onClick={() => void act(WITHDRAWAL_CANCEL, { withdrawalId: id }, onChange)}>
          {words.cancelWithdrawal}
        </button>
      )}
    </article>
  );
}
