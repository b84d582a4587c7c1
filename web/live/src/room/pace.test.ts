import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reward } from "../api/types.ts";
import { BANNERS_MOST, COMBO_MS, rewarded, standing } from "./combo.ts";
import { Lanes } from "./lanes.ts";

test("a bullet comment never starts in a lane before the one ahead has made room", () => {
  const lanes = new Lanes(2, 0.1, 10_000);
  const starts = new Map<number, number>();
  for (let i = 0; i < 30; i++) {
    const slot = lanes.take(0, 100);
    if (!slot) break;
    assert.ok(slot.delayMs >= (starts.get(slot.lane) ?? 0));
    starts.set(slot.lane, slot.delayMs + 1_000);
  }
});

test("a bullet comment that would wait too long does not fly", () => {
  const lanes = new Lanes(1, 0.1, 1_000);

  assert.deepEqual(lanes.take(0, 100), { lane: 0, delayMs: 0 });
  assert.equal(lanes.take(0, 100), null);
});

test("one gift by one viewer in quick succession is one banner that counts up", () => {
  const banners = [reward("1", "小满"), reward("2", "小满")].reduce((shown, one) => rewarded(shown, one, 0), standing([], 0));

  assert.equal(banners.length, 1);
  assert.equal(banners[0]?.count, 2);
});

test("a combo ends when the viewer pauses", () => {
  const first = rewarded([], reward("1", "小满"), 0);

  assert.equal(rewarded(first, reward("2", "小满"), COMBO_MS + 1)[0]?.count, 1);
});

test("only so many banners stand at once", () => {
  let banners = standing([], 0);
  for (const name of ["a", "b", "c", "d", "e"]) banners = rewarded(banners, reward(name, name), 0);

  assert.equal(banners.length, BANNERS_MOST);
});

function reward(id: string, senderName: string): Reward {
  return { id, senderName, count: 1, coins: 1, at: "", gift: { id: "g", code: "rose", name: "玫瑰", coins: 1 } };
}
