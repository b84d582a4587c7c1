import { useEffect, useRef } from "preact/hooks";
import { useWords } from "../locale.ts";
import type { Line } from "./state.ts";

const NEAR_END_PX = 48;

/** The chat column. It stays at the newest line unless the viewer has scrolled back. */
export function Chat({ lines }: { lines: readonly Line[] }) {
  const words = useWords();
  const list = useRef<HTMLUListElement>(null);
  const reading = useRef(false);

  useEffect(() => {
    if (list.current && !reading.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines]);

  const isAway = () => {
    const { scrollTop, clientHeight, scrollHeight } = list.current!;
    return scrollHeight - scrollTop - clientHeight > NEAR_END_PX;
  };
  // Only the viewer's hand makes it wait: our own scrolling is told of later, when more lines may have come.
  const onMove = () => void (reading.current = isAway());
  const onScroll = () => void (reading.current &&= isAway());

  return (
    <ul class="chat" ref={list} onScroll={onScroll} onWheel={onMove} onTouchMove={onMove} onKeyUp={onMove} tabIndex={0} aria-label={words.commentLabel}>
      <li class="hint">{words.safety}</li>
      {lines.map((line) => (
        <li key={line.id} class={line.kind}>
          <span class="who">{line.name}</span>
          {line.kind === "comment" ? line.text : `${words.sent(line.gift)} ×${line.count}`}
          {line.kind === "comment" && line.waits && <em class="waits">{words.waits}</em>}
        </li>
      ))}
    </ul>
  );
}
