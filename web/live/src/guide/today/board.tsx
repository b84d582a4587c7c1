import { useEffect, useRef, useState } from "preact/hooks";
import { useClient } from "../../api/use-client.ts";
import { exact } from "../../numbers.ts";
import { Avatar } from "../../parts/avatar.tsx";
import { useLoad } from "../../parts/load.tsx";
import { BOARD, BOARD_CHANGED } from "../api/documents.ts";
import type { Board, BoardLine, BoardPeriod, BoardScope } from "../api/types.ts";
import { useGuide } from "../gate.tsx";
import { useWords } from "../locale.ts";
import { useFollowing } from "../parts/following.ts";

const SCOPES: readonly BoardScope[] = ["STORE", "REGION", "NATION"];
const PERIODS: readonly BoardPeriod[] = ["DAY", "MONTH"];
/** Guides who stand below what is told to all ask for their own line within this, so that a store does not ask at once. */
const SPREAD_MS = 2_000;

/** Who sold most, as it changes, and one's own place whatever it is. */
export function BoardPanel({ onChange }: { onChange(): void }) {
  const words = useWords();
  const [scope, setScope] = useState<BoardScope>("STORE");
  const [period, setPeriod] = useState<BoardPeriod>("DAY");
  return (
    <section class="panel" aria-label={words.board}>
      <h2>{words.board}</h2>
      <div class="switches">
        <Switch values={SCOPES} chosen={scope} names={words.scope} onChoose={setScope} />
        <Switch values={PERIODS} chosen={period} names={words.period} onChoose={setPeriod} />
      </div>
      <Ranking key={`${scope} ${period}`} scope={scope} period={period} onChange={onChange} />
    </section>
  );
}

interface SwitchProps<T extends string> {
  values: readonly T[];
  chosen: T;
  names: Record<T, string>;
  onChoose(value: T): void;
}

function Switch<T extends string>({ values, chosen, names, onChoose }: SwitchProps<T>) {
  return (
    <div class="switch">
      {values.map((one) => (
        <button key={one} aria-pressed={one === chosen} onClick={() => onChoose(one)}>
          {names[one]}
        </button>
      ))}
    </div>
  );
}

function Ranking({ scope, period, onChange }: { scope: BoardScope; period: BoardPeriod; onChange(): void }) {
  const words = useWords();
  const guide = useGuide();
  const board = useBoard(scope, period, onChange);
  if (!board) return <p class="ranking-none">{board === null ? words.boardEmpty : ""}</p>;
  const { entries, mine } = board;
  return (
    <>
      <p class="own-rank" data-rank={mine?.rank ?? ""}>
        {mine ? (
          <>
            <strong>{words.rank(mine.rank)}</strong> <span class="muted">{board.unitName}</span>{" "}
            <span class="amount">{exact(mine.value, "CNY")}</span>
          </>
        ) : (
          <span class="muted">{words.unranked}</span>
        )}
      </p>
      <ol class="ranking">
        {entries.map((line) => (
          <li key={line.id} data-rank={line.rank} class={line.id === guide.id ? "own" : ""}>
            <b>{line.rank}</b>
            <Avatar name={line.name} url={line.avatarUrl} />
            <span>
              {line.name}
              {line.id === guide.id && <em class="tag">{words.me}</em>}
              <small class="muted block">{line.storeName}</small>
            </span>
            <span class="amount">{exact(line.value, "CNY")}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

/** The board as it was told last, with one's own line; null when there is none of that kind. */
function useBoard(scope: BoardScope, period: BoardPeriod, onChange: () => void): Board | null | undefined {
  const client = useClient();
  const guide = useGuide();
  const [told, setTold] = useState<Board | null>(null);
  const asking = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const asked = useLoad(
    async () => (await client.request<{ leaderboard: Board | null }>(BOARD, { scope, period })).leaderboard,
    [scope, period],
  );
  useEffect(() => () => clearTimeout(asking.current), []);
  useFollowing<{ leaderboardChanged: Board }>(BOARD_CHANGED, { scope, period }, `${scope} ${period}`, ({ leaderboardChanged }) => {
    const isFirst = told === null;
    setTold(leaderboardChanged);
    if (isFirst) return;
    onChange();
    if (mineIn(leaderboardChanged.entries, guide.id)) return;
    clearTimeout(asking.current);
    asking.current = setTimeout(() => void asked.reload(), Math.random() * SPREAD_MS);
  });
  if (!told) return asked.value;
  return { ...told, mine: mineIn(told.entries, guide.id) ?? asked.value?.mine ?? null };
}

function mineIn(entries: readonly BoardLine[], guideId: string): BoardLine | undefined {
  return entries.find(({ id }) => id === guideId);
}
