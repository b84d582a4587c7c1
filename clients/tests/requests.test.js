import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Phone } from "./phone.js";
import { Shop } from "./shop.js";

let shop;
let phone;
let client;
let pond;

beforeEach(async () => {
  shop = await new Shop().open();
  phone = new Phone();
  client = phone.install();
  pond = client.createPond({ url: shop.url, timeoutMs: 50 });
});
afterEach(() => shop.close());

const OVERLOADED = { errors: [{ message: "稍后再试", extensions: { code: "OVERLOADED", retryAfterSeconds: 3 } }] };

for (const [status, headers, body, expected] of [
  [200, {}, { errors: [{ message: "没有", extensions: { code: "NOT_FOUND" } }] }, { code: "NOT_FOUND", message: "没有" }],
  [200, {}, { errors: [{ message: "?" }] }, { code: "INTERNAL" }],
  [200, {}, "<html>", { code: "UNAVAILABLE" }],
  [400, {}, { errors: [{ message: "", extensions: { code: "BAD_REQUEST" } }] }, { code: "BAD_REQUEST" }],
  [401, {}, "", { code: "UNAUTHENTICATED" }],
  [429, { "retry-after": "7" }, "", { code: "RATE_LIMITED", retryAfterS: 7 }],
  [500, {}, "Internal Server Error", { code: "UNAVAILABLE" }],
  [502, {}, "<html>", { code: "UNAVAILABLE" }],
  [503, { "retry-after": "2" }, "", { code: "UNAVAILABLE", retryAfterS: 2 }],
  [503, {}, OVERLOADED, { code: "OVERLOADED", retryAfterS: 3 }],
]) {
  test(`${status} ${JSON.stringify(body)} is ${expected.code}, although it comes to success`, async () => {
    shop.answers = [[status, headers, body]];

    const error = await pond.request("{ me }").catch((error) => error);

    assert.ok(error instanceof client.ApiError);
    assert.deepEqual({ ...expected }, Object.fromEntries(Object.keys(expected).map((key) => [key, error[key]])));
  });
}

test("data is data", async () => {
  shop.answers = [[200, {}, { data: { me: "known" } }]];

  assert.equal((await pond.request("{ me }")).me, "known");
});

test("a body that the platform has read already is taken as well", async () => {
  shop.answers = [[200, {}, { data: { me: "known" } }]];
  phone.onAnswer = (answer) => ({ ...answer, data: JSON.parse(answer.data) });

  assert.equal((await pond.request("{ me }")).me, "known");
});

test("a request that nobody answers is OFFLINE after a while", async () => {
  phone.wx.request = () => {};

  await assert.rejects(pond.request("{ me }"), { code: "OFFLINE" });
});

test("a request that fails is OFFLINE", async () => {
  shop.close();

  await assert.rejects(pond.request("{ me }"), { code: "OFFLINE" });
});

test("more than eight requests at once wait for their turn: WeChat takes ten", async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, () => pond.request("{ liveRoom }")));

  assert.equal(answers.length, 30);
  assert.equal(phone.mostAtOnce, 8);
});

test("requests that find the token expired at once renew it once", async () => {
  let token = "old";
  let renewals = 0;
  const renew = async () => (renewals++, (token = "new"), true);
  shop.tokens = new Set(["new"]);
  pond = client.createPond({ url: shop.url, credentials: { token: () => token, renew } });
  await Promise.all([1, 2, 3].map(() => pond.request("{ liveRoom }")));

  assert.equal(renewals, 1);
});

test("keys differ", () => {
  const keys = new Set(Array.from({ length: 1000 }, () => client.newKey()));

  assert.equal(keys.size, 1000);
  for (const key of keys) assert.match(key, /^[0-9a-z]{32}$/);
});
