import { useState } from "preact/hooks";
import type { DrawCard, DrawWin } from "../api/play-types.ts";
import { useWords } from "../locale.ts";
import { short } from "../numbers.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Claim } from "./claim.tsx";
import type { DrawProps } from "./sheet.tsx";

/** Who won, and what became of the viewer. */
export function Outcome({ draw, mine, client }: DrawProps) {
  const words = useWords();
  const { own } = mine;
  const win = own.settled[draw.id] ?? null;
  const isKnown = draw.id in own.settled || !(draw.id in own.tickets);
  const claimed = (told: DrawWin) => mine.note({ settled: { [draw.id]: told } });
  return (
    <>
      <div class={win ? "verdict won" : "verdict"} role="status">
        {!isKnown ? words.drawDrawing : win ? words.won : draw.id in own.tickets ? words.lost : words.notEntered}
        {win && <strong>{win.prize.kind === "COINS" ? words.coinsOf(String(win.prize.coins)) : win.prize.name}</strong>}
      </div>
      {win && <Handing drawId={draw.id} win={win} client={client} onClaimed={claimed} />}
      <Winners draw={draw} />
    </>
  );
}

type HandingProps = Pick<DrawProps, "client"> & { drawId: string; win: DrawWin; onClaimed(win: DrawWin): void };

/** How the prize comes to the winner. */
function Handing({ drawId, win, client, onClaimed }: HandingProps) {
  const words = useWords();
  const [isClaiming, setClaiming] = useState(false);
  if (win.prize.kind === "COINS") return <p class="muted handing">{words.coinsInWallet}</p>;
  if (win.lapsedAt) return <p class="muted handing">{words.lapsed}</p>;
  if (win.claimedAt) return <p class="muted handing">{words.claimed}</p>;
  if (win.prize.kind === "NAMED") return <p class="muted handing">{words.handedOut}</p>;
  if (isClaiming) return <Claim drawId={drawId} client={client} onClaimed={onClaimed} />;
  return (
    <div class="handing">
      <button class="primary" onClick={() => setClaiming(true)}>
        {words.claim}
      </button>
      <p class="muted">{words.claimBy(new Date(win.claimBy).toLocaleDateString(words.lang))}</p>
    </div>
  );
}

function Winners({ draw }: { draw: DrawCard }) {
  const words = useWords();
  const nameOf = new Map(draw.prizes.map(({ id, name }) => [id, name]));
  if (!draw.winnerCount) return <p class="muted handing">{words.winnersNone}</p>;
  return (
    <section class="winners">
      <h3>{words.winners(short(draw.winnerCount, words.lang))}</h3>
      <ul>
        {draw.winners.map((winner, place) => (
          <li key={place}>
            <Avatar name={winner.name} />
            <span>{winner.name}</span>
            <em>{nameOf.get(winner.prizeId)}</em>
          </li>
        ))}
      </ul>
    </section>
  );
}
