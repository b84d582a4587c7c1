import { useClient } from "../../api/use-client.ts";
import { Amount } from "../../parts/amount.tsx";
import { Shown, useLoad } from "../../parts/load.tsx";
import { WALLET } from "../api/documents.ts";
import type { Wallet } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { Link } from "../navigation.tsx";
import { CommissionList } from "./list.tsx";

const PARTS = ["pending", "frozen", "withdrawing", "held", "debt", "paid"] as const;

/** What the guide is owed, where it stands, and of which orders it is. */
export function CommissionPage() {
  const words = useWords();
  const client = useClient();
  const wallet = useLoad(async () => (await client.request<{ myWallet: Wallet | null }>(WALLET)).myWallet, [client]);
  return (
    <>
      <h1>{words.wallet}</h1>
      <section class="panel wallet" aria-label={words.wallet}>
        <Shown of={wallet} gone={words.gone}>
          {(found) => <Parts of={found} />}
        </Shown>
        <div class="deed-row">
          <Link to={{ at: "withdraw" }} class="primary link-button">
            {words.withdraw}
          </Link>
          <Link to={{ at: "statement", month: null }} class="secondary link-button">
            {words.statement}
          </Link>
        </div>
      </section>
      <CommissionList />
    </>
  );
}

function Parts({ of: wallet }: { of: Wallet }) {
  const words = useWords();
  return (
    <>
      <p class="available" data-part="available">
        <small class="muted block">{words.available}</small>
        <Amount of={wallet.available} />
      </p>
      <dl class="figures three">
        {PARTS.map((part) => (
          <div key={part} data-part={part}>
            <dt>{words.walletParts[part]}</dt>
            <dd>
              <Amount of={wallet[part]} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
