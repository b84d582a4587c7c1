import type { Client } from "../api/client.ts";
import type { DrawCard, DrawPrize } from "../api/play-types.ts";
import type { BulletComment } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { useMembership } from "../member/gate.tsx";
import { short } from "../numbers.ts";
import { useAttempt } from "../parts/attempt.ts";
import { useShopNow } from "../parts/countdown.ts";
import { Picture } from "../parts/picture.tsx";
import { Notice, Sheet } from "../parts/sheet.tsx";
import { refusalText } from "../refusals.ts";
import { clockText, secondsUntil } from "../room/silence.ts";
import type { OwnView } from "../room/use-own.ts";
import { Conditions } from "./conditions.tsx";
import { enterDraw, sayPassword } from "./enter.ts";
import { Fairness } from "./fairness.tsx";
import { BagIcon } from "./icon.tsx";
import { Outcome } from "./outcome.tsx";

export interface DrawProps {
  draw: DrawCard;
  roomId: string;
  mine: OwnView;
  client: Client;
  onSaid(comment: BulletComment, waits: boolean): void;
  onClose(): void;
}

/** A lucky bag (福袋) or lucky draw (抽奖): what can be won, entering, and what came of it. */
export function DrawSheet(props: DrawProps) {
  const { draw, client, onClose } = props;
  const words = useWords();
  return (
    <Sheet title={words.drawKind[draw.kind] ?? ""} onClose={onClose}>
      <div class="draw" data-draw={draw.state}>
        <div class="draw-head">
          <BagIcon />
          <strong>{draw.title}</strong>
          <Standing draw={draw} />
        </div>
        {draw.state === "DRAWN" ? <Outcome {...props} /> : <Entering {...props} />}
        <Fairness draw={draw} client={client} />
      </div>
    </Sheet>
  );
}

function Standing({ draw }: { draw: DrawCard }) {
  const words = useWords();
  const isTimed = draw.state === "OPEN" && draw.closesAt !== null;
  const now = useShopNow(isTimed);
  if (draw.state === "WITHDRAWN") return <span class="muted">{words.drawWithdrawn}</span>;
  if (draw.state === "DRAWN") return <span class="muted">{words.drawDrawn}</span>;
  if (draw.state === "CLOSED") return <span class="muted">{words.drawDrawing}</span>;
  if (!isTimed) return <span class="muted">{words.drawByHost}</span>;
  return (
    <span class="draw-clock">
      <b role="timer">{clockText(secondsUntil(Date.parse(draw.closesAt!), now))}</b> {words.drawIn}
    </span>
  );
}

function Entering({ draw, roomId, mine, client, onSaid }: DrawProps) {
  const words = useWords();
  const { asMember } = useMembership();
  const { busy, notice, run } = useAttempt();
  const ticket = mine.own.tickets[draw.id];

  const enter = () =>
    run(async () => {
      const unsaid = await sayPassword(client, roomId, draw.conditions, onSaid);
      const entry = await enterDraw(client, draw.id);
      if (!("ticket" in entry)) return refusalText(unsaid ?? entry, words);
      mine.note({ tickets: { [draw.id]: entry.ticket } });
      return "";
    });

  return (
    <>
      <Prizes prizes={draw.prizes} />
      <Conditions conditions={draw.conditions} />
      <Notice text={notice || (ticket ? words.ticket(ticket.slice(0, 8)) : words.entrants(short(draw.entrants, words.lang)))} />
      {ticket ? (
        <p class="draw-in" role="status">
          {words.entered}
        </p>
      ) : (
        <button class="primary" disabled={busy || draw.state !== "OPEN"} onClick={() => asMember(() => void enter())}>
          {draw.conditions.password ? words.enterSaying : words.enter}
        </button>
      )}
    </>
  );
}

function Prizes({ prizes }: { prizes: readonly DrawPrize[] }) {
  const words = useWords();
  return (
    <ul class="prizes" aria-label={words.prizes}>
      {prizes.map((prize) => (
        <li key={prize.id}>
          <span class="prize-picture">
            <Picture name={prize.name} url={prize.pictureUrl} />
          </span>
          <span>{prize.kind === "COINS" ? words.coinsOf(short(prize.coins, words.lang)) : prize.name}</span>
          <em>{words.times(String(prize.count))}</em>
        </li>
      ))}
    </ul>
  );
}
