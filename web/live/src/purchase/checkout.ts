import { ApiError } from "yutang-web";
import type { Client } from "../api/client.ts";
import { ORDER, ORDER_PAY, ORDER_PLACE } from "../api/documents.ts";
import type { Payment, UserError } from "../api/types.ts";

const POLL_MS = 1_000;
const POLL_ROUNDS = 20;

export interface Placing {
  liveRoomId: string;
  variantId: string;
  quantity: number;
  idempotencyKey: string;
}

export type Answer<T> = { value: T } | { refusal: UserError };

export async function place(client: Client, { variantId, quantity, ...rest }: Placing): Promise<Answer<string>> {
  const input = { lines: [{ variantId, quantity }], code: client.session.shareCode, ...rest };
  const { orderPlace } = await client.request<{
    orderPlace: { order: { id: string } | null; userErrors: UserError[] };
  }>(ORDER_PLACE, { input });
  return answer(orderPlace.order?.id, orderPlace.userErrors);
}

/** Null: there was nothing to pay, and the order is complete. */
export async function pay(client: Client, orderId: string, idempotencyKey: string): Promise<Answer<Payment | null>> {
  const { orderPay } = await client.request<{ orderPay: { payment: Payment | null; userErrors: UserError[] } }>(
    ORDER_PAY,
    { input: { orderId, idempotencyKey } },
  );
  const [refusal] = orderPay.userErrors;
  return refusal ? { refusal } : { value: orderPay.payment };
}

/** The sandbox's payment sheet: the buyer says yes. A real provider opens its own sheet here. */
export async function confirm(payment: Payment): Promise<void> {
  if (!payment.confirmUrl) return;
  const response = await fetch(payment.confirmUrl, { method: "POST" }).catch(() => null);
  if (!response?.ok) throw new ApiError(response ? "UNAVAILABLE" : "OFFLINE", "");
}

/** The provider tells the shop, not us: ask the shop until it knows. False when it takes too long. */
export async function settled(client: Client, orderId: string): Promise<boolean> {
  for (let round = 0; round < POLL_ROUNDS; round++) {
    const { order } = await client.request<{ order: { state: string } | null }>(ORDER, { id: orderId });
    if (order?.state === "PAID") return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

/** What a mutation gave, or its first refusal. */
export function answer<T>(value: T | null | undefined, userErrors: readonly UserError[]): Answer<T> {
  const [refusal] = userErrors;
  if (refusal) return { refusal };
  if (value == null) throw new ApiError("UNAVAILABLE", "");
  return { value };
}
