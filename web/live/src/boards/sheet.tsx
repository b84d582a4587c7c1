import { useEffect, useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { BOARD } from "../api/documents.ts";
import type { BoardEntry, BoardOf, BoardStanding } from "../api/play-types.ts";
import { useWords } from "../locale.ts";
import { useMembership } from "../member/gate.tsx";
import { invitation, pass } from "../member/share.ts";
import { short } from "../numbers.ts";
import { useAttempt } from "../parts/attempt.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Notice, Sheet } from "../parts/sheet.tsx";
import { refusalText } from "../refusals.ts";
import type { RoomView } from "../room/use-room.ts";

const BOARDS: readonly BoardOf[] = ["MEMBERS", "GUIDES"];
/** A board is told at most every two seconds; those who look at it ask for their own rank within this. */
const SPREAD_MS = 1_000;

interface Props {
  roomId: string;
  title: string;
  view: RoomView;
  client: Client;
  onClose(): void;
}

interface Standing {
  of: BoardOf;
  mine: BoardStanding | null;
  bounties: readonly { invites: number; coins: number }[];
}

/** Who invited most (邀请榜), where the viewer stands, and how to invite. */
export function BoardSheet({ roomId, title, view, client, onClose }: Props) {
  const words = useWords();
  const [of, setOf] = useState<BoardOf>("MEMBERS");
  const { mine, bounties } = useStanding(roomId, of, view, client);
  const entries = view.state?.boards[of]?.entries;
  return (
    <Sheet title={words.board} onClose={onClose}>
      <div class="board">
        <div class="tabs" role="tablist">
          {BOARDS.map((one) => (
            <button key={one} role="tab" aria-selected={one === of} onClick={() => setOf(one)}>
              {words.boardOf[one]}
            </button>
          ))}
        </div>
        {of === "MEMBERS" && bounties.length > 0 && (
          <p class="bounties">
            {bounties.map(({ invites, coins }) => (
              <span key={invites}>{words.bounty(invites, short(coins, words.lang))}</span>
            ))}
          </p>
        )}
        {entries?.length === 0 && <p class="board-empty">{words.boardEmpty}</p>}
        <ol>{entries?.map((entry) => <Line key={entry.rank} entry={entry} />)}</ol>
        <Mine roomId={roomId} title={title} mine={mine} client={client} />
      </div>
    </Sheet>
  );
}

function Line({ entry }: { entry: BoardEntry }) {
  const words = useWords();
  return (
    <li data-rank={entry.rank}>
      <b>{entry.rank}</b>
      <Avatar name={entry.name} url={entry.avatarUrl} />
      <span>{entry.name}</span>
      <em>{words.invited(short(entry.count, words.lang))}</em>
    </li>
  );
}

type MineProps = Pick<Props, "roomId" | "title" | "client"> & { mine: BoardStanding | null };

/** The viewer's own line, also where the board does not show it, and their link. */
function Mine({ roomId, title, mine, client }: MineProps) {
  const words = useWords();
  const { me, asMember } = useMembership();
  const [link, setLink] = useState("");
  const { busy, notice, run } = useAttempt();

  const invite = () =>
    run(async () => {
      const invited = await invitation(client, roomId);
      if (!("link" in invited)) return refusalText(invited, words);
      setLink(invited.link);
      return (await pass(title, invited.link)) ? words.linkCopied : words.linkCopy;
    });

  return (
    <footer class="mine">
      <div class="mine-line">
        <Avatar name={me?.nickname ?? words.boardMine} />
        <span>
          {words.boardMine}
          <small class="muted">{mine ? words.invited(short(mine.count, words.lang)) : words.boardNone}</small>
        </span>
        {mine && (
          <strong class="mine-rank" data-rank={mine.rank}>
            {words.boardRank(mine.rank)}
          </strong>
        )}
        <button class="primary small" disabled={busy} onClick={() => asMember(() => void invite())}>
          {words.invite}
        </button>
      </div>
      {link && <input class="link" readOnly value={link} aria-label={words.inviteLink} onFocus={(focus) => focus.currentTarget.select()} />}
      {notice && <Notice text={notice} />}
    </footer>
  );
}

/** The viewer's own rank, asked for when the board opens and whenever it changes. The lines go into the room's state. */
function useStanding(roomId: string, of: BoardOf, view: RoomView, client: Client): Standing {
  const { me } = useMembership();
  const [standing, setStanding] = useState<Standing>(nowhere(of));
  const told = view.state?.boards[of]?.seq ?? 0;
  const isKnown = view.state?.boards[of] !== undefined;
  const [askedAt, setAskedAt] = useState(0);

  useEffect(() => {
    if (isKnown && told === askedAt) return;
    const ask = async () => {
      const { liveRoom: room } = await client.request<BoardAnswer>(BOARD, { roomId, of });
      if (!room) return;
      const { entries, mine } = room.inviteBoard;
      setAskedAt(room.seq);
      view.showBoard(of, { seq: room.seq, entries });
      setStanding({ of, mine, bounties: room.bounties });
    };
    const timer = setTimeout(() => void ask().catch(() => {}), isKnown ? Math.random() * SPREAD_MS : 0);
    return () => clearTimeout(timer);
  }, [of, told, me?.id]);

  return standing.of === of ? standing : nowhere(of);
}

function nowhere(of: BoardOf): Standing {
  return { of, mine: null, bounties: [] };
}

interface BoardAnswer {
  liveRoom: {
    seq: number;
    bounties: Standing["bounties"];
    inviteBoard: { entries: BoardEntry[]; mine: BoardStanding | null };
  } | null;
}
