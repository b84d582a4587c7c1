import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { ApiError } from "yutang-web";
import { Client } from "./client.ts";
import { Session } from "./session.ts";

const EXPIRED = { accessToken: "old", refreshToken: "refresh" };

let session: Session;
let client: Client;
let renewals: number;

beforeEach(() => {
  session = new Session(null);
  client = new Client(session, "zh-CN");
  renewals = 0;
});

test("an expired token is renewed, and the request sent again", async () => {
  serve(() => json({ data: { tokenRefresh: { tokens: { accessToken: "new", refreshToken: "next" } } } }));
  session.begin(EXPIRED);

  assert.deepEqual(await client.request("{ me }"), { me: "known" });
  assert.equal(session.accessToken, "new");
});

test("requests that find the token expired at once renew it once", async () => {
  serve(() => json({ data: { tokenRefresh: { tokens: { accessToken: "new", refreshToken: "next" } } } }));
  session.begin(EXPIRED);
  await Promise.all([client.request("{ me }"), client.request("{ me }"), client.request("{ me }")]);

  assert.equal(renewals, 1);
});

test("a refused renewal makes the member a visitor", async () => {
  serve(() => json({ data: { tokenRefresh: { tokens: null } } }));
  session.begin(EXPIRED);

  await assert.rejects(client.request("{ me }"), { code: "UNAUTHENTICATED" });
  assert.equal(session.accessToken, null);
});

test("a renewal that the network lost leaves the member a member", async () => {
  serve(() => Promise.reject(new TypeError("network")));
  session.begin(EXPIRED);

  await assert.rejects(client.request("{ me }"), { code: "OFFLINE" });
  assert.equal(session.accessToken, "old");
});

test("an answer of too many requests says how long to wait", async () => {
  globalThis.fetch = async () => new Response("", { status: 429, headers: { "retry-after": "7" } });

  await assert.rejects(client.request("{ me }"), (error: ApiError) => error.code === "RATE_LIMITED" && error.retryAfterS === 7);
});

/** A shop that knows the token "new" only. */
function serve(renewal: () => Response | Promise<Response>): void {
  globalThis.fetch = async (_, init) => {
    const { query } = JSON.parse(String(init?.body)) as { query: string };
    const authorization = new Headers(init?.headers).get("authorization");
    if (query.includes("tokenRefresh")) {
      renewals++;
      assert.equal(authorization, null, "an expired token beside a renewal is refused");
      return renewal();
    }
    return authorization === "Bearer new" ? json({ data: { me: "known" } }) : new Response("", { status: 401 });
  };
}

function json(body: unknown): Response {
  return Response.json(body);
}
