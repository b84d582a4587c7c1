import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { newKey } from "yutang-web";
import type { Client } from "../../api/client.ts";
import type { Basket } from "../address.ts";
import {
  BEST_COUPONS,
  CART_COMPLETE,
  CART_COUPONS,
  CART_COUPONS_REMOVE,
  ORDER_PLACE,
  PURSE,
  QUOTE,
} from "../api/documents.ts";
import type { Address, Cart, Coupon, CouponAdvice, PlaceRefusal, Quote } from "../api/types.ts";
import { type Loaded, useLoad } from "../../parts/load.tsx";

export interface Wanted {
  variantId: string;
  quantity: number;
  addOnOf: string | null;
}

/** Where it goes: to an address, or a store keeps it. Null while nothing is chosen. */
export type Delivery = { addressId: string | null } | { pickUpStoreId: string | null };

export interface Purse {
  addresses: Address[];
  points: { balance: number } | null;
  coupons: { nodes: Coupon[] };
}

export interface Checkout {
  lines: readonly Wanted[];
  purse: Loaded<Purse>;
  advice: CouponAdvice | null;
  quote: Loaded<Quote>;
  /** What the shop would take now: what it said last, even if that was a refusal. */
  shown: Quote | null;
  couponIds: readonly string[];
  pick(couponIds: readonly string[]): void;
  points: number;
  spend(points: number): void;
  delivery: Delivery;
  deliver(delivery: Delivery): void;
  isDelivered: boolean;
  place(note: string): Promise<{ orderId: string } | { refusal: PlaceRefusal }>;
}

/** Everything that is chosen before an order, and what it costs by the shop's own quote. */
export function useCheckout(client: Client, basket: Basket, cart: Cart | null | undefined): Checkout {
  const lines = useMemo(() => wantedOf(basket, cart), [basket, cart]);
  const play = basket.of === "product" ? basket.play : null;
  const [picked, setPicked] = useState<readonly string[] | null>(null);
  const [points, setPoints] = useState(0);
  const [chosen, setDelivery] = useState<Delivery | null>(null);
  const [newer, setNewer] = useState<Quote | null>(null);
  const key = useRef(newKey());

  const purse = useLoad(() => client.request<{ me: Purse | null }>(PURSE).then(({ me }) => me), [client]);
  const delivery = chosen ?? { addressId: proposed(purse.value?.addresses) };
  const terms = { play, ...delivery };
  const where = JSON.stringify([lines, terms]);
  const isKnown = lines.length > 0 && purse.value !== undefined;

  const advice = useLoad(
    async () => (isKnown ? (await client.request<{ bestCoupons: CouponAdvice }>(BEST_COUPONS, { lines, terms })).bestCoupons : null),
    [where, isKnown, purse.value],
  );
  const couponIds = picked ?? advice.value?.best.map(({ id }) => id) ?? [];
  const all = { ...terms, couponIds, points };
  const isAdvised = isKnown && (advice.value != null || advice.failure !== "");
  const asked = JSON.stringify([where, couponIds, points]);
  const quote = useLoad(
    async () => (isAdvised ? (await client.request<{ cartQuote: Quote }>(QUOTE, { lines, terms: all })).cartQuote : null),
    [asked, isAdvised],
  );
  useEffect(() => {
    setNewer(null);
    key.current = newKey();
  }, [asked]);
  useRenewal(quote);

  const shown = newer ?? quote.value ?? null;

  const place = async (note: string) => {
    const input = { ...delivery, points, note, quoteId: shown?.quoteId, code: client.session.shareCode, idempotencyKey: key.current };
    if (basket.of === "cart") await haveCoupons(client, cart!, couponIds);
    const [document, wish] =
      basket.of === "cart" ? [CART_COMPLETE, { cartId: cart!.id }] : [ORDER_PLACE, { lines, play, couponIds }];
    const { told } = await client.request<PlaceAnswer>(document, { input: { ...input, ...wish } });
    const [refusal] = told.userErrors;
    if (!refusal) return { orderId: told.order!.id };
    if (refusal.quote) setNewer(refusal.quote);
    if (!refusal.retryable) key.current = newKey();
    return { refusal };
  };

  return {
    lines,
    purse,
    advice: advice.value ?? null,
    quote,
    shown,
    couponIds,
    pick: setPicked,
    points,
    spend: setPoints,
    delivery,
    deliver: setDelivery,
    isDelivered: Object.values(delivery).every(Boolean),
    place,
  };
}

/** A quote that may change is asked for again then. */
function useRenewal({ value, reload }: Loaded<Quote>): void {
  useEffect(() => {
    const leftMs = value?.validUntil ? Date.parse(value.validUntil) - Date.now() : Infinity;
    if (leftMs > LONGEST_MS) return;
    const timer = setTimeout(() => void reload(), Math.max(leftMs, 1_000));
    return () => clearTimeout(timer);
  }, [value, reload]);
}

const LONGEST_MS = 24 * 3_600_000;

function wantedOf(basket: Basket, cart: Cart | null | undefined): Wanted[] {
  if (basket.of === "product") return [{ variantId: basket.variantId, quantity: basket.quantity, addOnOf: null }];
  const selected = cart?.lines.filter((line) => line.selected && line.unitPrice) ?? [];
  return selected.map(({ variantId, quantity, addOnOf }) => ({ variantId, quantity, addOnOf }));
}

function proposed(addresses: readonly Address[] | undefined): string | null {
  return (addresses?.find(({ isDefault }) => isDefault) ?? addresses?.[0])?.id ?? null;
}

/** A cart is ordered with the coupons that it has: let it have those that were picked. */
async function haveCoupons(client: Client, cart: Cart, couponIds: readonly string[]): Promise<void> {
  const others = cart.couponIds.filter((id) => !couponIds.includes(id));
  const missing = couponIds.filter((id) => !cart.couponIds.includes(id));
  if (others.length) await client.request(CART_COUPONS_REMOVE, { input: { cartId: cart.id, couponIds: others } });
  if (missing.length) await client.request(CART_COUPONS, { input: { cartId: cart.id, couponIds: missing } });
}

interface PlaceAnswer {
  told: { order: { id: string } | null; userErrors: PlaceRefusal[] };
}
