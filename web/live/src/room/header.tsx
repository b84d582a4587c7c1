import { useState } from "preact/hooks";
import type { Connection } from "yutang-web";
import { recall, remember } from "../device.ts";
import { useWords } from "../locale.ts";
import { short } from "../numbers.ts";
import { Avatar } from "../parts/avatar.tsx";
import type { RoomState } from "./state.ts";

interface Props {
  room: RoomState;
  connection: Connection;
  onLeave(): void;
}

export function Header({ room, connection, onLeave }: Props) {
  const words = useWords();
  return (
    <header class="room-header">
      <div class="host">
        <Avatar name={room.hostName} url={room.hostAvatarUrl} />
        <span class="host-text">
          <strong>{room.hostName}</strong>
          <span>{room.storeName}</span>
        </span>
        <FollowPill hostName={room.hostName} />
      </div>
      <span class="viewers" aria-label={words.viewers}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <circle cx="12" cy="8" r="4" />
          <path d="M4 20c1-5 4-7 8-7s7 2 8 7z" />
        </svg>
        {short(room.viewerCount, words.lang)}
      </span>
      <button class="icon-button" aria-label={words.leave} onClick={onLeave}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M6 6l12 12M18 6L6 18" />
        </svg>
      </button>
      <div class="room-line">
        {room.state === "LIVE" && <span class="badge on">{words.live}</span>}
        <h1>{room.title}</h1>
        <ConnectionMark connection={connection} />
      </div>
    </header>
  );
}

function ConnectionMark({ connection }: { connection: Connection }) {
  const words = useWords();
  return (
    <span class={`connection ${connection}`} role="status" data-connection={connection}>
      {words.connection[connection]}
    </span>
  );
}

/** Remembered on this phone only: the contract has no follows yet. */
function FollowPill({ hostName }: { hostName: string }) {
  const words = useWords();
  const key = `follow.${hostName}`;
  const [following, setFollowing] = useState(() => recall(key) !== null);
  const toggle = () => {
    remember(key, following ? null : "1");
    setFollowing(!following);
  };
  return (
    <button class="follow" aria-pressed={following} onClick={toggle}>
      <span>{following ? words.following : words.follow}</span>
    </button>
  );
}
