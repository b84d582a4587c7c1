import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "../api/client.ts";
import { pay } from "./checkout.ts";

/** A client that gets this answer, whatever it asks. */
const hearing = (orderPay: object) => ({ request: async () => ({ orderPay }) }) as unknown as Client;

test("an order for nothing is complete without a payment, and one that is refused is not", async () => {
  const refusal = { code: "INVALID_STATE", message: "It was cancelled.", path: ["input"] };

  assert.deepEqual(await pay(hearing({ payment: null, userErrors: [] }), "ord_1", "key"), { value: null });
  assert.deepEqual(await pay(hearing({ payment: null, userErrors: [refusal] }), "ord_1", "key"), { refusal });
});
