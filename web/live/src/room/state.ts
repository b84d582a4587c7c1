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
  | { kind: "comment"; text: string; color: string | null }
  | { kind: "reward"; gift: string; count: number }
);

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
  };
}

/** The state after one more event. An event that the state contains already changes nothing. */
export function apply(state: RoomState, event: LiveRoomEvent): RoomState {
  if (event.seq <= state.seq) return state;
  return { ...state, ...change(state, event), seq: event.seq };
}

/** Show a comment that the viewer sent: delivery of comments may be sampled, one's own never is. */
export function withComment(state: RoomState, comment: BulletComment): RoomState {
  return { ...state, lines: appended(state.lines, commentLine(comment)) };
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
    default:
      return {}; // a kind that is newer than this page
  }
}

function appended(lines: readonly Line[], line: Line): readonly Line[] {
  if (lines.some((known) => known.id === line.id)) return lines;
  return [...lines, line].slice(-LINES_KEPT);
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
