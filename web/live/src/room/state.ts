import type { BoardEntry, BoardOf, DrawCard, LiveCallCard, LiveRoomRules, RedPacketCard } from "../api/play-types.ts";
import type {
  BulletComment,
  LiveProductCard,
  LiveProductState,
  LiveRoom,
  LiveRoomEvent,
  LiveRoomState,
  Reward,
} from "../api/types.ts";

export const LINES_KEPT = 60;
/** A snapshot holds the latest ten draws and the latest ten red packets. */
export const OFFERS_KEPT = 10;

/** One product of the shelf, as drawn. Prices in the smallest unit of the currency. */
export interface Item {
  id: string;
  variantId: string;
  name: string;
  imageUrl: string | null;
  priceMinor: number;
  listPriceMinor: number;
  currency: string;
  stock: number;
  sold: number;
  limitPerMember: number | null;
  version: number;
}

export type Line = { id: string; name: string } & (
  | { kind: "comment"; text: string; color: string | null; waits?: boolean }
  | { kind: "reward"; gift: string; count: number }
);

/** A board as it was after the event `seq`. */
export interface Board {
  seq: number;
  entries: readonly BoardEntry[];
}

/** All that the page draws of a room. `seq` is the last event that it contains. */
export interface RoomState {
  id: string;
  title: string;
  state: LiveRoomState;
  storeName: string;
  hostName: string;
  hostAvatarUrl: string | null;
  coverUrl: string | null;
  seq: number;
  viewerCount: number;
  pinnedId: string | null;
  shelf: readonly Item[];
  lines: readonly Line[];
  scheduledAt: string | null;
  replayUrl: string | null;
  likeCount: number;
  rules: LiveRoomRules;
  /** What was told of mutes since the snapshot, by member; `until` null: they may speak again. */
  mutes: Readonly<Record<string, { seq: number; until: string | null }>>;
  call: LiveCallCard | null;
  draws: readonly DrawCard[];
  redPackets: readonly RedPacketCard[];
  /** Boards that were looked at, or told of. */
  boards: Readonly<Partial<Record<BoardOf, Board>>>;
}

/** The state that a snapshot describes. */
export function enter(room: LiveRoom): RoomState {
  const comments = room.recentBulletComments.filter((comment) => !comment.removed);
  return {
    id: room.id,
    title: room.title,
    state: room.state,
    storeName: room.host.storeName,
    hostName: room.host.name,
    hostAvatarUrl: room.host.avatarUrl,
    coverUrl: room.coverUrl,
    seq: room.seq,
    viewerCount: room.viewerCount,
    pinnedId: room.pinned?.id ?? null,
    shelf: room.shelf.filter((product) => product.state !== "HIDDEN").map(itemOf),
    lines: comments.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).map(commentLine),
    scheduledAt: room.scheduledAt,
    replayUrl: room.replayUrl,
    likeCount: room.likeCount,
    rules: room.rules,
    mutes: {},
    call: room.callToAction,
    draws: room.draws.map(({ card }) => card),
    redPackets: room.redPackets.map(({ card }) => card),
    boards: {},
  };
}

/** The state after one more event. An event that the state contains already changes nothing. */
export function apply(state: RoomState, event: LiveRoomEvent): RoomState {
  if (event.seq <= state.seq) return state;
  return { ...state, ...change(state, event), seq: event.seq };
}

/** Show a comment that the viewer sent: delivery of comments may be sampled, one's own never is. */
export function withComment(state: RoomState, comment: BulletComment, waits = false): RoomState {
  return { ...state, lines: appended(state.lines, { ...commentLine(comment), ...(waits && { waits }) }) };
}

/** The state with a board that was asked for; one that was told of later stays. */
export function withBoard(state: RoomState, of: BoardOf, board: Board): RoomState {
  const known = state.boards[of];
  return known && known.seq > board.seq ? state : { ...state, boards: { ...state.boards, [of]: board } };
}

export function pinnedItem(state: RoomState): Item | null {
  return state.shelf.find((item) => item.id === state.pinnedId) ?? null;
}

function change(state: RoomState, event: LiveRoomEvent): Partial<RoomState> {
  switch (event.kind) {
    case "BULLET_COMMENT":
      return { lines: appended(state.lines, commentLine(event.comment)) };
    case "BULLET_COMMENT_REMOVED":
      return { lines: state.lines.filter((line) => line.id !== event.commentId) };
    case "REWARD":
      return { lines: appended(state.lines, rewardLine(event.reward)) };
    case "INVENTORY":
      return { shelf: counted(state.shelf, event) };
    case "PIN":
      if (!event.pinned) return { pinnedId: null };
      return { pinnedId: event.pinned.id, shelf: shelved(state.shelf, event.pinned) };
    case "SHELF":
      return reshelved(state, event.liveProduct, event.state);
    case "STATE":
      return { state: event.toState };
    case "VIEWERS":
      return { viewerCount: event.viewerCount };
    case "LIKES":
      return { likeCount: event.likeCount };
    case "RULES":
      return { rules: event.rules };
    case "MUTE":
      return { mutes: { ...state.mutes, [event.memberId]: { seq: event.seq, until: event.mutedUntil } } };
    case "DRAW":
      return { draws: offered(state.draws, event.draw) };
    case "RED_PACKET":
      return { redPackets: offered(state.redPackets, event.redPacket) };
    case "BOARD":
      if (event.boardRoomId !== state.id) return {}; // that of a room that shows this one, or of the one it shows
      return { boards: { ...state.boards, [event.of]: { seq: event.seq, entries: event.entries } } };
    case "CALL_TO_ACTION":
      return { call: event.call };
    default:
      return {}; // a kind that is newer than this page
  }
}

function appended(lines: readonly Line[], line: Line): readonly Line[] {
  const known = lines.find((one) => one.id === line.id);
  if (!known) return [...lines, line].slice(-LINES_KEPT);
  const isApproved = known.kind === "comment" && known.waits;
  return isApproved ? lines.map((one) => (one === known ? line : one)) : lines;
}

/** Draws and red packets are latest-wins by version, the newest first, as ids rise. */
function offered<Card extends { id: string; version: number }>(cards: readonly Card[], card: Card): readonly Card[] {
  const known = cards.find(({ id }) => id === card.id);
  if (known) return known.version > card.version ? cards : cards.map((one) => (one === known ? card : one));
  return [card, ...cards].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, OFFERS_KEPT);
}

function commentLine(comment: BulletComment): Line {
  return { kind: "comment", id: comment.id, name: comment.senderName, text: comment.text, color: comment.color };
}

function rewardLine(reward: Reward): Line {
  return { kind: "reward", id: reward.id, name: reward.senderName, gift: reward.gift.name, count: reward.count };
}

type Count = Extract<LiveRoomEvent, { kind: "INVENTORY" }>;

/** Stock is latest-wins by version: a count that is older than the snapshot's must not come back. */
function counted(shelf: readonly Item[], count: Count): readonly Item[] {
  return shelf.map((item) =>
    item.id === count.liveProductId && item.version <= count.version
      ? { ...item, stock: count.liveStock, sold: count.sold, version: count.version }
      : item,
  );
}

function reshelved(state: RoomState, card: LiveProductCard, to: LiveProductState): Partial<RoomState> {
  if (to !== "HIDDEN") return { shelf: shelved(state.shelf, card) };
  return {
    shelf: state.shelf.filter((item) => item.id !== card.id),
    pinnedId: state.pinnedId === card.id ? null : state.pinnedId,
  };
}

function shelved(shelf: readonly Item[], card: LiveProductCard): readonly Item[] {
  const known = shelf.find((item) => item.id === card.id);
  if (!known) return [...shelf, itemOf(card)];
  return known.version > card.version ? shelf : shelf.map((item) => (item === known ? itemOf(card) : item));
}

function itemOf(card: LiveProductCard): Item {
  return {
    id: card.id,
    variantId: card.variantId,
    name: card.name,
    imageUrl: card.imageUrl,
    priceMinor: card.livePrice.minor,
    listPriceMinor: card.listPrice.minor,
    currency: card.livePrice.currency,
    stock: card.liveStock,
    sold: card.sold,
    limitPerMember: card.limitPerMember,
    version: card.version,
  };
}
