import type { LiveRoomState, Money } from "../../api/types.ts";

/** The part of the GraphQL contract that the guide's page reads, as the documents beside it select it. */

export interface Tier {
  name: string;
  rateBp: number | null;
}

export interface Guide {
  id: string;
  displayName: string;
  avatarUrl: string | null;
  shareCode: string;
  status: "APPLIED" | "ACTIVE" | "FROZEN" | "LEFT";
  store: { id: string; name: string } | null;
  tier: Tier | null;
}

export type TierMetric =
  | "NET_SALES"
  | "ORDERS"
  | "SINGLE_ORDER"
  | "SETTLED_COMMISSION"
  | "INVITED_MEMBERS"
  | "OWN_SPEND"
  | "OWN_ORDERS";

export interface TierProgress {
  tier: Tier;
  nextTier: Tier | null;
  takes: { match: "ALL" | "ANY"; window: string; conditions: { metric: TierMetric; least: number }[] } | null;
  figures: { window: string; metric: TierMetric; value: number }[];
  isLocked: boolean;
}

export type BoardScope = "STORE" | "REGION" | "NATION";
export type BoardPeriod = "DAY" | "MONTH";

export interface BoardLine {
  rank: number;
  id: string;
  name: string;
  avatarUrl: string | null;
  storeName: string;
  value: number;
}

export interface Board {
  unitName: string;
  entries: BoardLine[];
  mine?: BoardLine | null;
}

export type AssignmentState = "TODO" | "DOING" | "DONE" | "OVERDUE" | "CANCELLED";

export interface Goal {
  kind: string;
  target: number;
  done: number;
  proof: "AUTO" | "EVIDENCE";
}

export interface Assignment {
  id: string;
  state: AssignmentState;
  endsAt: string;
  urges: number;
  task: { title: string; description: string };
  progress: Goal[];
  evidence: { id: string; kind: string; count: number; text: string; state: "WAITING" | "APPROVED" | "REJECTED"; note: string }[];
}

export interface PageInfo {
  hasNextPage: boolean;
  endCursor: string | null;
}

export interface Part<T> {
  nodes: T[];
  pageInfo: PageInfo;
}

export interface BoundMember {
  id: string;
  name: string;
  avatarUrl: string | null;
  boundAt: string;
  protectedUntil: string | null;
  expiresAt: string | null;
  endsAt: string | null;
}

/** What can be passed on: a product, a post or a live room. */
export interface Shareable {
  id: string;
  title: string;
  pictureUrl: string | null;
  note: string;
  price: Money | null;
  /** Where it is found: `/shop/?product=…`, without a share. */
  path: string;
}

export interface ShareFigures {
  views: number;
  uniqueVisits: number;
  registrations: number;
  paidOrders: number;
  net: Money;
}

export type CommissionState =
  | "ESTIMATED"
  | "PENDING"
  | "FROZEN"
  | "AVAILABLE"
  | "WITHDRAWN"
  | "HELD"
  | "CANCELLED"
  | "CLAWED_BACK";

export interface Commission {
  id: string;
  orderId: string;
  level: number;
  base: Money;
  rateBp: number | null;
  rateSource: string;
  amount: Money;
  isCut: boolean;
  state: CommissionState;
  createdAt: string;
  releaseAt: string | null;
  clawedBack: Money;
  left: Money;
}

export interface Wallet {
  estimated: Money;
  pending: Money;
  frozen: Money;
  held: Money;
  available: Money;
  debt: Money;
  withdrawing: Money;
  paid: Money;
}

export interface StatementLine {
  at: string;
  kind: string;
  amount: Money;
  balance: Money;
}

export interface Statement {
  opening: Money;
  closing: Money;
  totals: { kind: string; lineCount: number; amount: Money }[];
  lines: Part<StatementLine>;
  downloadPath: string;
}

export type WithdrawalState =
  | "REQUESTED"
  | "APPROVED"
  | "TRANSFERRING"
  | "WAIT_USER_CONFIRM"
  | "PAID"
  | "REJECTED"
  | "FAILED"
  | "EXPIRED"
  | "CANCELLED";

/** What WeChat's own sheet wants to know before it asks the guide. */
export interface Confirmation {
  appId: string;
  merchantId: string;
  package: string;
}

export interface Withdrawal {
  id: string;
  amount: Money;
  fee: Money;
  transferred: Money;
  state: WithdrawalState;
  createdAt: string;
  note: string;
  failure: string;
  confirmation: Confirmation | null;
  confirmBy: string | null;
}

export interface WithdrawalQuote {
  fee: Money;
  transferred: Money;
  needsApproval: boolean;
  needsName: boolean;
}

export interface WithdrawalTerms {
  least: Money;
  most: Money;
  mostADay: Money;
  timesADay: number;
  coolDownHours: number;
}

export interface OwnRoom {
  id: string;
  title: string;
  coverUrl: string | null;
  state: LiveRoomState;
  viewerCount: number;
  likeCount: number;
  startedAt: string | null;
  push: { url: string } | null;
  shelf: { id: string; name: string; livePrice: Money; liveStock: number; sold: number }[];
}
