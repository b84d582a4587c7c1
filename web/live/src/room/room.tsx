import { useEffect, useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { Hearts } from "../likes/hearts.tsx";
import { useLikes } from "../likes/use-likes.ts";
import { CallCard } from "../calls/card.tsx";
import { useWords } from "../locale.ts";
import { useMembership } from "../member/gate.tsx";
import { Pond } from "../scene/pond.tsx";
import { Badges } from "./badges.tsx";
import { Bar } from "./bar.tsx";
import { Barrage } from "./barrage.tsx";
import { Chat } from "./chat.tsx";
import { Curtain } from "./curtain.tsx";
import { featuredDraw, featuredPacket } from "./featured.ts";
import { Header } from "./header.tsx";
import { Pinned } from "./pinned.tsx";
import { Rewards } from "./rewards.tsx";
import { type Opened, Sheets } from "./sheets.tsx";
import { pinnedItem, type RoomState } from "./state.ts";
import { type OwnView, useOwn } from "./use-own.ts";
import { type RoomView, useRoom } from "./use-room.ts";

interface Props {
  roomId: string;
  client: Client;
  onLeave(): void;
}

const TOAST_MS = 2_600;

export function Room({ roomId, client, onLeave }: Props) {
  const words = useWords();
  const view = useRoom(roomId, client);
  const mine = useOwn(roomId, view, client);
  const failure = mine.isKicked ? "kicked" : view.failure;

  useEffect(() => {
    if (view.state) document.title = view.state.title;
    return () => void (document.title = words.rooms);
  }, [view.state?.title]);

  return (
    <main class="room">
      <Pond />
      {view.state?.coverUrl && <img class="cover" src={view.state.coverUrl} alt="" onError={hide} />}
      {failure && <Shut failure={failure} onLeave={onLeave} />}
      {view.state && !failure && <Stage room={view.state} view={view} mine={mine} client={client} onLeave={onLeave} />}
    </main>
  );
}

interface StageProps {
  room: RoomState;
  view: RoomView;
  mine: OwnView;
  client: Client;
  onLeave(): void;
}

function Stage({ room, view, mine, client, onLeave }: StageProps) {
  const { asMember } = useMembership();
  const [opened, setOpened] = useState<Opened>({ sheet: "none" });
  const [toast, setToast] = useToast();
  const likes = useLikes(room.id, room.likeCount, client);
  const like = (x: number, y: number) => asMember(() => likes.tap(x, y));
  const pinned = pinnedItem(room);
  const news = useOutcomes(room, mine, opened, setOpened);

  return (
    <>
      <Hearts likes={likes} onTap={like} />
      <Header room={room} connection={view.connection} onLeave={onLeave} />
      <Badges
        draw={featuredDraw(room, mine.own, news.seen)}
        packet={featuredPacket(room, mine.own)}
        own={mine.own}
        onBoard={() => setOpened({ sheet: "board" })}
        onDraw={(id) => setOpened({ sheet: "draw", id })}
        onPacket={(id) => setOpened({ sheet: "packet", id })}
      />
      <Barrage listen={view.listen} />
      <Curtain room={room} client={client} onLeave={onLeave} />
      <Rewards listen={view.listen} />
      <div class="lower">
        <Chat lines={room.lines} />
        <div class="aside">
          {room.call && <CallCard call={room.call} onOpen={() => setOpened({ sheet: "call" })} />}
          {pinned && <Pinned item={pinned} onBuy={() => setOpened({ sheet: "buy", item: pinned })} />}
        </div>
      </div>
      <p class={toast ? "toast shown" : "toast"} role="status">
        {toast}
      </p>
      <Bar
        room={room}
        mine={mine}
        client={client}
        likeSum={likes.sum}
        onSent={view.showOwn}
        onNotice={setToast}
        onLike={like}
        onBag={() => setOpened({ sheet: "shelf" })}
        onGift={() => setOpened({ sheet: "gifts" })}
      />
      <Sheets
        opened={opened}
        room={room}
        view={view}
        mine={mine}
        client={client}
        onBuy={(item) => setOpened({ sheet: "buy", item })}
        onClose={() => {
          news.note(opened);
          setOpened({ sheet: "none" });
        }}
      />
    </>
  );
}

/** A winner sees it at once, unless something else is open; who saw an outcome, or came after it, is not told of it again. */
function useOutcomes({ draws }: RoomState, { own }: OwnView, opened: Opened, open: (sheet: Opened) => void) {
  const drawn = () => draws.filter(({ state }) => state === "DRAWN").map(({ id }) => id);
  const [seen, setSeen] = useState<ReadonlySet<string>>(() => new Set(drawn()));
  const won = draws.find(({ id }) => own.settled[id] && !seen.has(id));
  const isFree = opened.sheet === "none";

  useEffect(() => {
    if (won && isFree) open({ sheet: "draw", id: won.id });
  }, [won?.id, isFree]);

  const note = (closed: Opened) => {
    if (closed.sheet === "draw" && drawn().includes(closed.id)) setSeen((known) => new Set([...known, closed.id]));
  };
  return { seen, note };
}

/** There is nothing to see, and nothing more is asked for. */
function Shut({ failure, onLeave }: { failure: "gone" | "kicked"; onLeave(): void }) {
  const words = useWords();
  return (
    <div class="missing" role="alert">
      <p>{failure === "kicked" ? words.kicked : words.roomGone}</p>
      {failure === "kicked" && <p class="muted">{words.kickedNote}</p>}
      <button class="primary" onClick={onLeave}>
        {words.otherRooms}
      </button>
    </div>
  );
}

function useToast(): [string, (text: string) => void] {
  const [toast, setToast] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setToast(""), TOAST_MS);
    return () => clearTimeout(timer);
  }, [toast]);
  return [toast, setToast];
}

function hide(failed: Event): void {
  (failed.currentTarget as HTMLElement).hidden = true;
}
