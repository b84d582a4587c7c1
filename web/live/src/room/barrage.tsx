import { useEffect, useRef, useState } from "preact/hooks";
import type { BulletComment, BulletMode } from "../api/types.ts";
import { Lanes, type Slot } from "./lanes.ts";
import type { Listen } from "./use-room.ts";

const FLYING_MOST = 24;
const PX_PER_MS = 0.085;
const STAND_MS = 4_000;
const WAIT_MOST_MS = 4_000;
const CHARACTER_PX = 16;
const COLOR = /^#[0-9a-f]{6}$/i;

interface Bullet {
  comment: BulletComment;
  slot: Slot;
  wayPx: number;
}

/** Bullet comments (弹幕) that fly across the picture. At most FLYING_MOST; the rest is in the chat column. */
export function Barrage({ listen }: { listen: Listen }) {
  const sky = useRef<HTMLDivElement>(null);
  const [bullets, setBullets] = useState<readonly Bullet[]>([]);
  const lanes = useRef<Record<BulletMode, Lanes>>(newLanes()).current;
  const land = (id: string) => setBullets((flying) => flying.filter(({ comment }) => comment.id !== id));

  useEffect(
    () =>
      listen((event) => {
        if (event.kind === "BULLET_COMMENT_REMOVED") land(event.commentId);
        if (event.kind !== "BULLET_COMMENT" || document.hidden) return;
        const bullet = load(event.comment, lanes, sky.current!.clientWidth);
        if (bullet) setBullets((flying) => (flying.length < FLYING_MOST ? [...flying, bullet] : flying));
      }),
    [listen],
  );

  return (
    <div class="barrage" ref={sky} aria-hidden="true">
      {bullets.map(({ comment, slot, wayPx }) => (
        <span
          key={comment.id}
          class={`bullet ${comment.mode.toLowerCase()}`}
          style={{
            "--lane": slot.lane,
            "--way": `${wayPx}px`,
            "--fly": `${wayPx / PX_PER_MS}ms`,
            animationDelay: `${slot.delayMs}ms`,
            color: comment.color && COLOR.test(comment.color) ? comment.color : undefined,
          }}
          onAnimationEnd={() => land(comment.id)}
        >
          {comment.text}
        </span>
      ))}
    </div>
  );
}

function newLanes(): Record<BulletMode, Lanes> {
  return {
    SCROLL: new Lanes(4, PX_PER_MS, WAIT_MOST_MS),
    TOP: new Lanes(1, PX_PER_MS, WAIT_MOST_MS),
    BOTTOM: new Lanes(2, PX_PER_MS, WAIT_MOST_MS),
  };
}

function load(comment: BulletComment, lanes: Record<BulletMode, Lanes>, skyPx: number): Bullet | null {
  const widthPx = [...comment.text].length * CHARACTER_PX;
  const now = performance.now();
  const slot = comment.mode === "SCROLL" ? lanes.SCROLL.take(now, widthPx) : lanes[comment.mode].takeFor(now, STAND_MS);
  return slot && { comment, slot, wayPx: skyPx + widthPx };
}
