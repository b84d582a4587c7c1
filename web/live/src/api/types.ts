import type { BoardEntry, BoardOf, DrawCard, LiveCallCard, LiveRoomRules, RedPacketCard } from "./play-types.ts";

/** The part of the GraphQL contract that this page reads, as the documents beside it select it. */

export type LiveProductState = "HIDDEN" | "ON_SHELF" | "EXPLAINING" | "SOLD_OUT";
export type LiveRoomState = "DRAFT" | "SCHEDULED" | "LIVE" | "PAUSED" | "ENDED" | "CANCELLED" | "EXPIRED" | "BANNED";
export type BulletMode = "SCROLL" | "TOP" | "BOTTOM";

export interface Money {
  minor: number;
  currency: string;
}

/** A product of a shelf. Events carry it whole, as a card. */
export interface LiveProductCard {
  id: string;
  variantId: string;
  name: string;
  imageUrl: string | null;
  livePrice: Money;
  listPrice: Money;
  liveStock: number;
  sold: number;
  limitPerMember: number | null;
  version: number;
}

export interface LiveProduct extends LiveProductCard {
  state: LiveProductState;
}

export interface BulletComment {
  id: string;
  text: string;
  senderName: string;
  color: string | null;
  mode: BulletMode;
  at: string;
  removed: boolean;
}

export interface Gift {
  id: string;
  code: string;
  name: string;
  coins: number;
}

export interface Reward {
  id: string;
  gift: Gift;
  count: number;
  coins: number;
  senderName: string;
  at: string;
}

export interface LiveRoom {
  id: string;
  title: string;
  state: LiveRoomState;
  coverUrl: string | null;
  host: { name: string; avatarUrl: string | null; storeName: string };
  seq: number;
  epoch: string;
  viewerCount: number;
  pinned: { id: string } | null;
  shelf: LiveProduct[];
  recentBulletComments: BulletComment[];
  scheduledAt: string | null;
  replayUrl: string | null;
  likeCount: number;
  rules: LiveRoomRules;
  callToAction: LiveCallCard | null;
  draws: { card: DrawCard }[];
  redPackets: { card: RedPacketCard }[];
}

export type LiveRoomEvent = { seq: number; at: string } & (
  | { kind: "BULLET_COMMENT"; comment: BulletComment }
  | { kind: "BULLET_COMMENT_REMOVED"; commentId: string }
  | { kind: "INVENTORY"; liveProductId: string; liveStock: number; sold: number; version: number }
  | { kind: "REWARD"; reward: Reward }
  | { kind: "PIN"; pinned: LiveProductCard | null }
  | { kind: "STATE"; fromState: LiveRoomState; toState: LiveRoomState }
  | { kind: "VIEWERS"; viewerCount: number }
  | { kind: "SHELF"; liveProduct: LiveProductCard; state: LiveProductState }
  | { kind: "LIKES"; likeCount: number }
  | { kind: "RULES"; rules: LiveRoomRules }
  | { kind: "MUTE"; memberId: string; mutedUntil: string | null }
  | { kind: "DRAW"; draw: DrawCard }
  | { kind: "RED_PACKET"; redPacket: RedPacketCard }
  | { kind: "BOARD"; boardRoomId: string; of: BoardOf; entries: BoardEntry[] }
  | { kind: "CALL_TO_ACTION"; call: LiveCallCard | null }
);

export interface RoomSummary {
  id: string;
  title: string;
  state: LiveRoomState;
  coverUrl: string | null;
  viewerCount: number;
  host: { storeName: string };
  pinned: { name: string; livePrice: Money } | null;
  scheduledAt: string | null;
  reservationCount: number;
  reservedByMe: boolean;
}

export interface UserError {
  __typename: string;
  code: string;
  message: string;
  retryable: boolean;
  available?: number;
  balance?: number;
  needed?: number;
  retryAfterSeconds?: number;
  mutedUntil?: string;
}

export interface Me {
  id: string;
  nickname: string;
  /** Known once the shop has told it, with the answer to a gift. */
  coinBalance?: number;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

export interface Payment {
  id: string;
  amount: Money;
  confirmUrl: string | null;
}
