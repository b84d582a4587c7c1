import type { Address } from "../../api/play-types.ts";
import type { Money, UserError } from "../../api/types.ts";

/** The part of the GraphQL contract that the shop reads, as the documents beside it select it. */

export type { Address, Money, UserError };

export interface Step {
  stage: string;
  kind: string;
  name: string;
  amount: Money;
}

export interface QuoteLine {
  variantId: string;
  quantity: number;
  listPrice: Money;
  payable: Money;
  unitPayable: Money[];
  points: number;
  steps: Step[];
  available: number;
  inStock: boolean;
}

export interface RefusedCoupon {
  couponId: string;
  reason: string;
  lacking: Money;
}

export interface Quote {
  quoteId: string;
  lines: QuoteLine[];
  gifts: { variantId: string; quantity: number; value: Money }[];
  missingGifts: { variantId: string; missing: number }[];
  steps: Step[];
  goods: Money;
  shipping: Money;
  shippingDiscount: Money;
  total: Money;
  pointsUsed: number;
  pointsEarned: number;
  validUntil: string | null;
  refusedCoupons: RefusedCoupon[];
  canBeOrdered: boolean;
}

/** A refusal of an order; with PRICE_CHANGED comes what it would cost now. */
export interface PlaceRefusal extends UserError {
  quote?: Quote;
}

export interface CouponTemplate {
  id: string;
  name: string;
  description: string;
  kind: "FIXED" | "PERCENT" | "FREE_SHIPPING" | "EXCHANGE";
  amount: Money;
  offBp: number;
  cap: Money;
  threshold: Money;
  perPerson: number;
  left: number | null;
  takenByMe: number;
  endsAt: string | null;
  days: number | null;
}

export interface Coupon {
  id: string;
  endsAt: string;
  template: CouponTemplate;
}

export interface CouponAdvice {
  best: { id: string }[];
  saved: Money;
  others: { id: string }[];
  refused: RefusedCoupon[];
}

export interface PromotionNotice {
  promotionId: string;
  name: string;
  summary: string;
  endsAt?: string | null;
  exclusive?: boolean;
}

export interface Seckill {
  id: string;
  name: string;
  price: Money;
  stock: number;
  remaining: number;
  startsAt: string;
  endsAt: string;
  limitPerOrder: number | null;
  limitPerMember: number | null;
}

export interface GroupBuy {
  id: string;
  name: string;
  size: number;
  startsAt: string;
  endsAt: string;
  limitPerOrder: number | null;
  winners: number | null;
  prices: { variantId: string; price: Money; leaderPrice: Money | null }[];
}

export interface Group {
  id: string;
  state: "WAITING" | "FORMING" | "SUCCEEDED" | "FAILED";
  size: number;
  seatsLeft: number;
  expiresAt: string;
  overAt: string | null;
  winners: number | null;
  members: { member: { id: string; nickname: string; avatarUrl: string | null }; leads: boolean; won: boolean | null }[];
}

export interface ProductCard {
  id: string;
  slug: string;
  name: string;
  brief: string;
  priceRange: { minimum: Money; maximum: Money };
  media: { url: string; alt: string }[];
  promotions: PromotionNotice[];
}

export interface Variant {
  id: string;
  name: string;
  optionValues: string[];
  price: Money;
  listPrice: Money | null;
  memberPrice: Money | null;
  pictureUrl: string | null;
  available: number;
  promotions: PromotionNotice[];
}

export interface Review {
  id: string;
  author: { nickname: string } | null;
  stars: number;
  text: string;
  pictures: string[];
  variantName: string;
  createdAt: string;
  reply: string;
}

export interface Product extends ProductCard {
  detailHtml: string;
  attributes: { name: string; value: string }[];
  options: { name: string; values: string[] }[];
  pictures: { url: string; alt: string }[];
  variants: Variant[];
  seckills: (Seckill & { variant: { id: string } | null })[];
  groupBuy: (GroupBuy & { groups: Group[] }) | null;
  rating: { count: number; averageTenths: number | null };
  reviews: { nodes: Review[] };
}

/** What a line is called and looks like, beside what it costs. */
export interface VariantCard {
  id: string;
  name: string;
  pictureUrl: string | null;
  product: { slug: string; name: string } | null;
}

export interface CartLine {
  id: string;
  variantId: string;
  variant: VariantCard | null;
  quantity: number;
  selected: boolean;
  addOnOf: string | null;
  unitPrice: Money | null;
  addedPrice: Money;
  priceChanged: boolean;
  available: number;
  inStock: boolean;
}

export interface Cart {
  id: string;
  orderId: string | null;
  couponIds: string[];
  lines: CartLine[];
  quote: Quote;
}

export interface PickUpStore {
  hasAll: boolean;
  store: { id: string; name: string; address: string | null; openingHours: string | null };
}

export interface OrderSummary {
  id: string;
  number: string;
  state: string;
  hold: string | null;
  total: Money;
  refunded: Money;
  placedAt: string;
  lines: { id: string; name: string; variantName: string; pictureUrl: string | null; quantity: number; payable: Money }[];
}

export interface OrderLine {
  id: string;
  kind: "GOODS" | "GIFT" | "ADD_ON";
  name: string;
  variantName: string;
  pictureUrl: string | null;
  quantity: number;
  listPrice: Money;
  payable: Money;
  unitPaid: Money[];
  unitPoints: number[];
  steps: Step[];
  product: { slug: string } | null;
}

export type AfterSaleKind = "REFUND_ONLY" | "RETURN_REFUND" | "EXCHANGE";

export interface AfterSale {
  id: string;
  kind: AfterSaleKind;
  state: string;
  lines: { orderLineId: string; quantity: number; kept: boolean }[];
  amount: Money;
  deducted: Money;
  reason: string;
  answer: string;
  carrier: string;
  trackingNumber: string;
  createdAt: string;
}

export interface Order extends Omit<OrderSummary, "lines"> {
  goods: Money;
  shipping: Money;
  paid: Money;
  pointsUsed: number;
  delivery: "SHIP" | "PICK_UP";
  pickUpStoreId: string | null;
  note: string;
  payBefore: string;
  paidAt: string | null;
  shippedAt: string | null;
  receivedAt: string | null;
  address: Omit<Address, "id" | "isDefault"> | null;
  steps: Step[];
  lines: OrderLine[];
  payments: { id: string; state: string; method: string; amount: Money; refunded: Money; paidAt: string | null }[];
  refunds: { id: string; state: string; amount: Money; reason: string; createdAt: string; finishedAt: string | null }[];
  shipments: {
    id: string;
    state: string;
    carrier: string;
    trackingNumber: string;
    sentAt: string;
    receivedAt: string | null;
    packed: { orderLineId: string; quantity: number }[];
  }[];
  afterSales: AfterSale[];
  buyingGroup: Group | null;
}
