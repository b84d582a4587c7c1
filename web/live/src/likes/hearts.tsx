import { useRef } from "preact/hooks";
import type { Likes } from "./use-likes.ts";

const DOUBLE_MS = 320;
const TURNS = ["-18deg", "10deg", "-6deg", "20deg"];
const HUES = ["#ff5d7a", "#ff8a5c", "#ffc15a", "#ff7fa8"];

/** The picture itself, which likes the room when it is tapped twice; and hearts that rise from where it was tapped. */
export function Hearts({ likes, onTap }: { likes: Likes; onTap(x: number, y: number): void }) {
  const last = useRef(-Infinity);
  const tapped = (press: PointerEvent) => {
    const box = (press.currentTarget as HTMLElement).getBoundingClientRect();
    if (press.timeStamp - last.current < DOUBLE_MS) onTap(press.clientX - box.left, press.clientY - box.top);
    last.current = press.timeStamp;
  };
  return (
    <>
      <div class="touch" onPointerUp={tapped} />
      <div class="hearts" aria-hidden="true">
        {likes.hearts.map(({ key, x, y }) => (
          <svg
            key={key}
            class="heart"
            viewBox="0 0 32 32"
            style={{ left: `${x}px`, top: `${y}px`, color: HUES[key % HUES.length], "--turn": TURNS[key % TURNS.length] }}
            onAnimationEnd={() => likes.land(key)}
          >
            <path d="M16 28C8 22 3 17 3 11a7 7 0 0 1 13-3 7 7 0 0 1 13 3c0 6-5 11-13 17z" fill="currentColor" />
          </svg>
        ))}
      </div>
    </>
  );
}
