import { useClient } from "../../api/use-client.ts";
import { exact } from "../../numbers.ts";
import { Avatar } from "../../parts/avatar.tsx";
import { useEvery, useLoad } from "../../parts/load.tsx";
import { TIER, TODAY } from "../api/documents.ts";
import type { TierProgress } from "../api/types.ts";
import { useGuide } from "../gate.tsx";
import { useWords } from "../locale.ts";
import { percent } from "../parts/fen.ts";
import { BoardPanel } from "./board.tsx";
import { TasksPanel } from "./tasks.tsx";
import { Tier } from "./tier.tsx";

const REFRESH_MS = 15_000;

type Line = { mine: { value: number } | null } | null;
type Figures = Record<"sales" | "orders" | "newMembers" | "commission", Line>;

/** Where the guide stands now: figures of the day, tier, tasks, and the place on the boards. */
export function TodayPage() {
  const words = useWords();
  const client = useClient();
  const guide = useGuide();
  const figures = useLoad(() => client.request<Figures>(TODAY), [client]);
  const tier = useLoad(
    async () => (await client.request<{ myTierProgress: TierProgress }>(TIER)).myTierProgress,
    [client],
  );
  const count = () => void figures.reload();
  useEvery(REFRESH_MS, true, count);
  const rate = guide.tier?.rateBp;
  return (
    <>
      <section class="panel who">
        <Avatar name={guide.displayName} url={guide.avatarUrl} />
        <span>
          <h1>{guide.displayName}</h1>
          <small class="muted">{guide.store?.name}</small>
        </span>
        {guide.tier && (
          <em class="tag">
            {guide.tier.name}
            {rate != null && ` · ${words.rate(percent(rate))}`}
          </em>
        )}
      </section>
      <FiguresPanel figures={figures.value} failure={figures.failure} />
      <TasksPanel onChange={count} />
      <BoardPanel onChange={count} />
      <Tier of={tier} />
    </>
  );
}

/** Who has nothing today has no line on the board: that is zero. */
function FiguresPanel({ figures, failure }: { figures: Figures | null | undefined; failure: string }) {
  const words = useWords();
  const of = (line: Line | undefined) => line?.mine?.value ?? 0;
  const shown = [
    ["sales", words.sales, exact(of(figures?.sales), "CNY")],
    ["orders", words.orders, words.pieces(of(figures?.orders))],
    ["newMembers", words.newMembers, words.people(of(figures?.newMembers))],
    ["commission", words.earned, exact(of(figures?.commission), "CNY")],
  ] as const;
  return (
    <section class="panel" aria-label={words.figures}>
      <h2>{words.figures}</h2>
      <dl class="figures" aria-busy={figures === undefined}>
        {shown.map(([key, name, text]) => (
          <div key={key} data-figure={key}>
            <dt>{name}</dt>
            <dd>{figures ? text : "–"}</dd>
          </div>
        ))}
      </dl>
      {failure && (
        <p class="warn" role="alert">
          {failure}
        </p>
      )}
    </section>
  );
}
