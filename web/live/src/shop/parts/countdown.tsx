import { useEffect, useRef } from "preact/hooks";
import { useShopNow } from "../../parts/countdown.ts";
import { useWords } from "../locale.ts";

interface Props {
  startsAt?: string;
  endsAt: string;
  /** Told once when a moment that it counts to has come. */
  onTurn?(): void;
}

/** Until something begins, then until it ends. */
export function Countdown({ startsAt, endsAt, onTurn }: Props) {
  const words = useWords();
  const now = useShopNow(true);
  const begins = startsAt !== undefined && Date.parse(startsAt) > now;
  const left = Math.ceil((Date.parse(begins ? startsAt : endsAt) - now) / 1000);
  const turn = begins ? "begins" : left > 0 ? "runs" : "over";
  const last = useRef(turn);
  useEffect(() => {
    if (last.current !== turn) onTurn?.();
    last.current = turn;
  }, [turn]);
  if (turn === "over") return <span class="countdown over">{words.over}</span>;
  return (
    <span class="countdown" role="timer">
      {startsAt !== undefined && <small>{begins ? words.startsIn : words.endsIn}</small>}
      <b>{clockText(left, words.days)}</b>
    </span>
  );
}

function clockText(seconds: number, days: (n: number) => string): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const whole = Math.floor(seconds / 86_400);
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return whole > 0 ? `${days(whole)} ${clock}` : clock;
}
