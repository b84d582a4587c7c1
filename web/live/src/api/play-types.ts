/** What a host does in a room beside selling, as the documents select it. */

export type DrawState = "OPEN" | "CLOSED" | "DRAWN" | "WITHDRAWN";
export type RedPacketState = "WAITING" | "OPEN" | "GONE" | "EXPIRED";
export type BoardOf = "MEMBERS" | "GUIDES";
export type CallKind = "OA_FOLLOW" | "GUIDE_QR" | "GROUP_QR" | "LINK";

/** What may be said. */
export interface LiveRoomRules {
  muted: boolean;
  slowModeSeconds: number;
  reviewed: boolean;
}

/** What it takes to take part. */
export interface EntryConditions {
  boundToHost: boolean;
  password: string | null;
  hasOrdered: boolean;
  leastInvited: number;
}

export interface DrawPrize {
  id: string;
  kind: "GOODS" | "COINS" | "NAMED";
  name: string;
  pictureUrl: string | null;
  count: number;
  coins: number;
}

export interface DrawCard {
  id: string;
  kind: "LUCKY_BAG" | "LUCKY_DRAW";
  state: DrawState;
  title: string;
  prizes: DrawPrize[];
  conditions: EntryConditions;
  commitment: string | null;
  closesAt: string | null;
  entrants: number;
  winners: { name: string; prizeId: string }[];
  winnerCount: number;
  version: number;
}

export interface DrawWin {
  prize: DrawPrize;
  claimBy: string;
  claimedAt: string | null;
  lapsedAt: string | null;
}

export interface RedPacketGrab {
  name: string;
  amount: number;
}

export interface RedPacketCard {
  id: string;
  kind: "COINS" | "CASH";
  state: RedPacketState;
  greeting: string;
  sponsorName: string;
  total: number;
  count: number;
  conditions: EntryConditions;
  opensAt: string;
  expiresAt: string;
  grabbed: number;
  luckiest: RedPacketGrab | null;
  version: number;
}

export interface BoardEntry {
  rank: number;
  name: string;
  avatarUrl: string | null;
  count: number;
}

export interface BoardStanding {
  rank: number;
  count: number;
}

export interface LiveCallCard {
  id: string;
  kind: CallKind;
  title: string;
  pictureUrl: string | null;
}

/** A card with where it leads the viewer. */
export interface LiveCall extends LiveCallCard {
  linkUrl: string | null;
  qrUrl: string | null;
  guide: { name: string; avatarUrl: string | null } | null;
}

/** What of a room is the viewer's own. `seq` is the last event that it contains. */
export interface OwnRoom {
  seq: number;
  myMute: { until: string } | null;
  /** Null for all who do not moderate the room. */
  order: object | null;
  draws: { id: string; card: { state: DrawState }; myEntry: { ticket: string } | null; myPrize: DrawWin | null }[];
  redPackets: { id: string; myGrab: { amount: number } | null }[];
}

export interface Address {
  id: string;
  name: string;
  phone: string;
  province: string;
  city: string;
  district: string;
  line: string;
  isDefault: boolean;
}
