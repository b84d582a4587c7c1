import { exact } from "../../numbers.ts";
import { type Loaded, Shown } from "../../parts/load.tsx";
import type { TierMetric, TierProgress } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { percent } from "../parts/fen.ts";

const MONEY: readonly TierMetric[] = ["NET_SALES", "SINGLE_ORDER", "SETTLED_COMMISSION", "OWN_SPEND"];

/** The tier, and how far it is to the next one. */
export function Tier({ of }: { of: Loaded<TierProgress> }) {
  const words = useWords();
  return (
    <section class="panel tier" aria-label={words.tier}>
      <h2>{words.tier}</h2>
      <Shown of={of} gone={words.gone}>
        {(progress) => <Progress of={progress} />}
      </Shown>
    </section>
  );
}

function Progress({ of: { nextTier, takes, figures, isLocked } }: { of: TierProgress }) {
  const words = useWords();
  if (!nextTier) return <p class="muted">{words.topTier}</p>;
  const rate = nextTier.rateBp === null ? "" : words.rate(percent(nextTier.rateBp));
  return (
    <>
      <p>{words.nextTier(nextTier.name, rate)}</p>
      <p class="muted">
        {isLocked ? words.locked : takes ? `${words.window[takes.window]} · ${words.match[takes.match]}` : words.byHand}
      </p>
      {takes?.conditions.map(({ metric, least }) => {
        const value = figures.find((one) => one.metric === metric && one.window === takes.window)?.value ?? 0;
        const text = (amount: number) => (MONEY.includes(metric) ? exact(amount, "CNY") : String(amount));
        return (
          <label key={metric} class="goal">
            <span>{words.metric[metric]}</span>
            <span class="amount">
              {text(value)} / {text(least)}
            </span>
            <progress max={Math.max(1, least)} value={Math.max(0, Math.min(value, least))} />
          </label>
        );
      })}
    </>
  );
}
