import { useState } from "preact/hooks";
import { short } from "../../numbers.ts";
import { Notice } from "../../parts/sheet.tsx";
import { LIVE_MOVE } from "../api/documents.ts";
import type { OwnRoom, Shareable } from "../api/types.ts";
import { useGuide } from "../gate.tsx";
import { useWords } from "../locale.ts";
import { useAct } from "../parts/act.ts";
import { roomPage } from "../sharing/addresses.ts";
import { ShareSheet } from "../sharing/sheet.tsx";

/** The room that is on air: who watches, what is sold, and what its host can do. */
export function OnAir({ room, onChange }: { room: OwnRoom; onChange(): Promise<void> }) {
  const words = useWords();
  const guide = useGuide();
  const [isSharing, setIsSharing] = useState(false);
  const [isEnding, setIsEnding] = useState(false);
  const { busy, notice, act } = useAct();
  const move = (toState: string) => void act(LIVE_MOVE, { liveRoomId: room.id, toState }, onChange);
  const isLive = room.state === "LIVE";
  const sold = room.shelf.reduce((total, item) => total + item.sold, 0);
  const shareable: Shareable = {
    id: room.id,
    title: room.title,
    pictureUrl: room.coverUrl,
    note: guide.store?.name ?? "",
    price: null,
    path: roomPage(room.id),
  };
  return (
    <section class="panel on-air" data-state={room.state}>
      <header>
        <h2>{room.title}</h2>
        <em class={isLive ? "badge on" : "badge"}>{isLive ? words.liveNow : words.livePaused}</em>
      </header>
      <dl class="figures three">
        <div>
          <dt>{words.watchers}</dt>
          <dd>{short(room.viewerCount, words.lang)}</dd>
        </div>
        <div>
          <dt>{words.likes}</dt>
          <dd>{short(room.likeCount, words.lang)}</dd>
        </div>
        <div>
          <dt>{words.soldInRoom}</dt>
          <dd>{short(sold, words.lang)}</dd>
        </div>
      </dl>
      {room.push && (
        <label class="field">
          <span>{words.pushUrl}</span>
          <input readOnly value={room.push.url} onFocus={(focus) => focus.currentTarget.select()} />
        </label>
      )}
      <Notice text={notice} />
      <a class="primary link-button" href={`..${roomPage(room.id)}`}>
        {words.openRoom}
      </a>
      <button class="secondary" onClick={() => setIsSharing(true)}>
        {words.shareRoom}
      </button>
      <div class="deed-row">
        <button class="quiet" disabled={busy} onClick={() => move(isLive ? "PAUSED" : "LIVE")}>
          {isLive ? words.pause : words.resume}
        </button>
        <button class="quiet" disabled={busy} onClick={() => setIsEnding(true)}>
          {words.end}
        </button>
      </div>
      {isEnding && (
        <p class="really" role="alert">
          {words.endReally}
          <span>
            <button class="quiet" disabled={busy} onClick={() => move("ENDED")}>
              {words.endYes}
            </button>
            <button class="text-button" onClick={() => setIsEnding(false)}>
              {words.keep}
            </button>
          </span>
        </p>
      )}
      {isSharing && <ShareSheet of={shareable} onClose={() => setIsSharing(false)} />}
    </section>
  );
}
