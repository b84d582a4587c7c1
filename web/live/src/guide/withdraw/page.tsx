import { useClient } from "../../api/use-client.ts";
import { Shown, useEvery } from "../../parts/load.tsx";
import { WITHDRAWALS } from "../api/documents.ts";
import type { Part, Wallet, Withdrawal, WithdrawalState, WithdrawalTerms } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { More, usePages } from "../parts/pages.tsx";
import { Ask } from "./ask.tsx";
import { WithdrawalCard } from "./card.tsx";

const REFRESH_MS = 3_000;
const MOVING: readonly WithdrawalState[] = ["REQUESTED", "APPROVED", "TRANSFERRING", "WAIT_USER_CONFIRM"];

export interface PayoutAccount {
  openidTail: string;
  realName: string | null;
}

interface Answer {
  myWallet: Wallet | null;
  withdrawalTerms: WithdrawalTerms;
  myPayoutAccount: PayoutAccount | null;
  myWithdrawals: Part<Withdrawal>;
}

/** Take money out, and see it arrive: finance and WeChat have their say meanwhile. */
export function WithdrawPage() {
  const words = useWords();
  const client = useClient();
  const pages = usePages(
    (after) => client.request<Answer>(WITHDRAWALS, { after }),
    ({ myWithdrawals }) => myWithdrawals,
    [client],
  );
  const shown = pages.all.flatMap(({ myWithdrawals }) => myWithdrawals.nodes);
  const { reload } = pages.first;
  useEvery(REFRESH_MS, shown.some(({ state }) => MOVING.includes(state)), () => void reload());
  return (
    <>
      <h1>{words.withdraw}</h1>
      <Shown of={pages.first} gone={words.gone}>
        {({ myWallet, withdrawalTerms, myPayoutAccount }) => (
          <>
            {myWallet && <Ask wallet={myWallet} terms={withdrawalTerms} account={myPayoutAccount} onAsked={reload} />}
            <section aria-label={words.withdrawals}>
              <h2>{words.withdrawals}</h2>
              {shown.length === 0 && <p class="panel muted">{words.withdrawalsNone}</p>}
              {shown.map((one) => (
                <WithdrawalCard key={one.id} withdrawal={one} onChange={reload} />
              ))}
              <More of={pages} />
            </section>
          </>
        )}
      </Shown>
    </>
  );
}
