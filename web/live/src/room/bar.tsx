import type { Client } from "../api/client.ts";
import type { BulletComment } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { short } from "../numbers.ts";
import { CommentForm } from "./comment-form.tsx";
import type { RoomState } from "./state.ts";
import type { OwnView } from "./use-own.ts";

interface Props {
  room: RoomState;
  mine: OwnView;
  client: Client;
  likeSum: number;
  onSent(comment: BulletComment, waits: boolean): void;
  onNotice(text: string): void;
  /** One like, from this place of the page. */
  onLike(x: number, y: number): void;
  onBag(): void;
  onGift(): void;
}

/** What the viewer can do, under the thumb. */
export function Bar({ likeSum, onLike, onBag, onGift, ...comment }: Props) {
  const words = useWords();
  const like = ({ currentTarget }: { currentTarget: HTMLElement }) => {
    const { offsetLeft, offsetWidth, offsetParent } = currentTarget;
    const bar = offsetParent as HTMLElement;
    onLike(bar.offsetLeft + offsetLeft + offsetWidth / 2, bar.offsetTop);
  };
  return (
    <footer class="bar">
      <button class="round bag" aria-label={words.shelf} onClick={onBag}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M5 8h14l1 12H4z" />
          <path d="M8.5 10V7a3.5 3.5 0 0 1 7 0v3" class="handle" />
        </svg>
        <b>{comment.room.shelf.length}</b>
      </button>
      <CommentForm {...comment} />
      <button class="round gift" aria-label={words.gifts} onClick={onGift}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M3 8h18v4H3zM5 13h6v8H5zm8 0h6v8h-6zM12 7C8 7 6 6 6.5 4S11 3 12 7c1-4 5-5 5.5-3S16 7 12 7z" />
        </svg>
      </button>
      <button class="round like" aria-label={words.like} onClick={like}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M16 27C9 22 4 17 4 11.5a6.5 6.5 0 0 1 12-3.5 6.5 6.5 0 0 1 12 3.5C28 17 23 22 16 27z" />
        </svg>
        {likeSum > 0 && <b data-likes={likeSum}>{short(likeSum, words.lang)}</b>}
      </button>
    </footer>
  );
}
