import assert from "node:assert/strict";
import { test } from "node:test";
import type { DrawCard, DrawState, RedPacketCard, RedPacketState } from "../api/play-types.ts";
import { ShopClock } from "./clock.ts";
import { featuredDraw, featuredPacket } from "./featured.ts";
import { mutedUntil, NOTHING, type Own, unsettled, withOwn } from "./own.ts";
import { clockText, secondsUntil, silenceOf } from "./silence.ts";
import type { RoomState } from "./state.ts";

const NOON = Date.parse("2026-11-22T12:00:00Z");
const LATER = "2026-11-22T12:01:00Z";
const NOBODY_SEEN: ReadonlySet<string> = new Set();

test("a viewer may speak in a room that is on, and the reason why not is the widest one", () => {
  const muted: Own = { ...NOTHING, mutedUntil: LATER };
  const quiet = { rules: { muted: true, slowModeSeconds: 10, reviewed: false } };

  assert.equal(silenceOf(room(), NOTHING, "me", 0, NOON).why, "none");
  assert.deepEqual(silenceOf(room(), NOTHING, "me", NOON + 5_000, NOON), { why: "slow", untilMs: NOON + 5_000 });
  assert.equal(silenceOf(room(), muted, "me", NOON + 5_000, NOON).why, "own");
  assert.equal(silenceOf(room(quiet), muted, "me", 0, NOON).why, "room");
  assert.equal(silenceOf(room({ ...quiet, state: "ENDED" }), muted, "me", 0, NOON).why, "over");
});

test("a mute ends by itself", () => {
  assert.equal(silenceOf(room(), { ...NOTHING, mutedUntil: LATER }, "me", 0, NOON + 60_000).why, "none");
});

test("the rules of a room do not bind those who moderate it", () => {
  const rules = { muted: true, slowModeSeconds: 60, reviewed: true };

  assert.equal(silenceOf(room({ rules }), { ...NOTHING, mayModerate: true }, "me", NOON + 9_000, NOON).why, "none");
});

test("of what a snapshot and an event say of a mute, the later holds", () => {
  const told = room({ mutes: { me: { seq: 5, until: LATER }, other: { seq: 9, until: null } } });

  assert.equal(mutedUntil(told, { ...NOTHING, seq: 4 }, "me"), LATER);
  assert.equal(mutedUntil(told, { ...NOTHING, seq: 5 }, "me"), null);
  assert.equal(mutedUntil(told, { ...NOTHING, seq: 4, mutedUntil: LATER }, "other"), null);
  assert.equal(mutedUntil(told, NOTHING, null), null);
});

test("the draw that can still be entered is shown first, and an outcome until it was seen", () => {
  const own = { ...NOTHING, tickets: { entered: "1", drawn: "2" }, settled: { drawn: null } };
  const both = room({ draws: [draw("entered", "OPEN"), draw("new", "OPEN"), draw("drawn", "DRAWN")] });
  const drawn = room({ draws: [draw("missed", "DRAWN"), draw("drawn", "DRAWN")] });

  assert.equal(featuredDraw(both, own, NOBODY_SEEN)?.id, "new");
  assert.equal(featuredDraw(drawn, own, NOBODY_SEEN)?.id, "drawn");
  assert.equal(featuredDraw(drawn, own, new Set(["drawn"])), null);
});

test("a red packet that can be grabbed is shown before one that opens later", () => {
  const packets = [packet("later", "WAITING"), packet("got", "OPEN"), packet("now", "OPEN"), packet("gone", "GONE")];
  const own = { ...NOTHING, grabs: { got: 3 } };

  assert.equal(featuredPacket(room({ redPackets: packets }), own)?.id, "now");
  assert.equal(featuredPacket(room({ redPackets: packets }), { ...own, grabs: { got: 3, now: 1 } })?.id, "later");
  assert.equal(featuredPacket(room({ redPackets: packets.slice(3) }), own), null);
});

test("what became of the viewer is asked for once a draw that they entered is drawn", () => {
  const drawn = room({ draws: [draw("mine", "DRAWN"), draw("missed", "DRAWN"), draw("open", "OPEN")] });
  const own = { ...NOTHING, tickets: { mine: "1", open: "2" } };

  assert.deepEqual(unsettled(drawn, own), ["mine"]);
  assert.deepEqual(unsettled(drawn, { ...own, settled: { mine: null } }), []);
});

test("an older answer takes no ticket away", () => {
  assert.deepEqual(withOwn({ ...NOTHING, tickets: { a: "1" } }, NOTHING).tickets, { a: "1" });
});

test("the shop's clock is told from the event that lagged least", () => {
  const clock = new ShopClock();
  assert.equal(clock.at(NOON), NOON);
  clock.hear("2026-11-22T12:00:00Z", NOON + 300_900);
  clock.hear("2026-11-22T12:00:10Z", NOON + 310_100);
  clock.hear("2026-11-22T11:00:00Z", NOON + 311_000);

  assert.equal(clock.at(NOON + 300_100), NOON);
});

test("what is left is said in minutes, and in hours when there are some", () => {
  assert.equal(clockText(75), "01:15");
  assert.equal(clockText(3_700), "1:01:40");
  assert.equal(secondsUntil(NOON + 1_001, NOON), 2);
  assert.equal(secondsUntil(NOON - 1, NOON), 0);
});

function room(facts: Partial<RoomState> = {}): RoomState {
  return {
    id: "room", title: "秋茶", state: "LIVE", storeName: "茶铺", hostName: "阿蘅", hostAvatarUrl: null, coverUrl: null,
    seq: 1, viewerCount: 0, pinnedId: null, shelf: [], lines: [], scheduledAt: null, replayUrl: null, likeCount: 0,
    rules: { muted: false, slowModeSeconds: 0, reviewed: false }, mutes: {}, call: null, draws: [], redPackets: [], boards: {},
    ...facts,
  };
}

const ANYBODY = { boundToHost: false, password: null, hasOrdered: false, leastInvited: 0 };

function draw(id: string, state: DrawState): DrawCard {
  return {
    id, state, kind: "LUCKY_BAG", title: "福袋", prizes: [], conditions: ANYBODY, commitment: null, closesAt: LATER,
    entrants: 0, winners: [], winnerCount: 0, version: 1,
  };
}

function packet(id: string, state: RedPacketState): RedPacketCard {
  return {
    id, state, kind: "COINS", greeting: "恭喜发财", sponsorName: "茶铺", total: 88, count: 8, conditions: ANYBODY,
    opensAt: LATER, expiresAt: LATER, grabbed: 0, luckiest: null, version: 1,
  };
}
