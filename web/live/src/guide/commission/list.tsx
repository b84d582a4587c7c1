import { useState } from "preact/hooks";
import { useClient } from "../../api/use-client.ts";
import { exact } from "../../numbers.ts";
import { Amount } from "../../parts/amount.tsx";
import { Shown } from "../../parts/load.tsx";
import { when } from "../../parts/when.ts";
import { COMMISSIONS } from "../api/documents.ts";
import type { Commission, CommissionState, Part } from "../api/types.ts";
import { useWords, type Words } from "../locale.ts";
import { percent } from "../parts/fen.ts";
import { More, usePages } from "../parts/pages.tsx";
import { Why } from "./why.tsx";

const FILTERS: readonly (CommissionState | null)[] = [null, "PENDING", "FROZEN", "AVAILABLE", "WITHDRAWN", "HELD", "CLAWED_BACK", "CANCELLED"];

/** The commissions, of one state if one wishes: what each is a share of, why so much, and where it stands. */
export function CommissionList() {
  const words = useWords();
  const [state, setState] = useState<CommissionState | null>(null);
  return (
    <section aria-label={words.commissions}>
      <h2>{words.commissions}</h2>
      <div class="chips">
        {FILTERS.map((one) => (
          <button key={one ?? ""} aria-pressed={one === state} onClick={() => setState(one)}>
            {one ? words.commissionState[one] : words.allStates}
          </button>
        ))}
      </div>
      <Those key={state ?? ""} state={state} />
    </section>
  );
}

function Those({ state }: { state: CommissionState | null }) {
  const words = useWords();
  const client = useClient();
  const where = state && { state: { eq: state } };
  const pages = usePages(
    async (after) => (await client.request<{ myCommissions: Part<Commission> }>(COMMISSIONS, { after, where })).myCommissions,
    (part) => part,
    [client],
  );
  return (
    <Shown of={pages.first} gone={words.gone}>
      {({ nodes }) => (
        <>
          {nodes.length === 0 && <p class="panel muted">{words.commissionsNone}</p>}
          {pages.all.flatMap((part) => part.nodes).map((one) => (
            <One key={one.id} commission={one} />
          ))}
          <More of={pages} />
        </>
      )}
    </Shown>
  );
}

function One({ commission }: { commission: Commission }) {
  const words = useWords();
  const { state, left, createdAt, releaseAt, level, isCut, clawedBack, orderId } = commission;
  return (
    <article class="panel commission" data-state={state}>
      <header>
        <em class={`state ${state}`}>{words.commissionState[state]}</em>
        <Amount of={left} />
      </header>
      <p>{reckoning(commission, words)}</p>
      <p class="muted">
        {when(createdAt, words.lang)}
        {level === 2 && ` · ${words.level2}`}
        {isCut && ` · ${words.cut}`}
        {state === "FROZEN" && releaseAt && ` · ${words.releaseAt(when(releaseAt, words.lang))}`}
        {clawedBack.minor > 0 && ` · ${words.clawedBack(exact(clawedBack.minor, clawedBack.currency))}`}
      </p>
      <Why orderId={orderId} />
    </article>
  );
}

function reckoning({ base, rateBp, rateSource }: Commission, words: Words): string {
  const of = exact(base.minor, base.currency);
  const source = words.rateSource[rateSource] ?? rateSource;
  return rateBp === null ? words.reckonedFixed(of, source) : words.reckoned(of, percent(rateBp), source);
}
