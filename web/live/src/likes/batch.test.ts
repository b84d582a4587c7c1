import assert from "node:assert/strict";
import { test } from "node:test";
import { LikeBatch, TAPS_MOST } from "./batch.ts";

test("taps go to the shop together, as many as it takes, and one batch after the other", () => {
  const batch = tapped(TAPS_MOST + 5);

  assert.equal(batch.take(), TAPS_MOST);
  assert.equal(batch.take(), 0);
  batch.sent();
  assert.equal(batch.take(), 5);
});

test("a tap counts at once, and the sum does not fall until the shop has told of it", () => {
  const batch = tapped(3);
  assert.equal(batch.sum(100), 103);
  batch.take();
  batch.sent();

  assert.equal(batch.sum(100), 103);
  assert.equal(batch.sum(110), 110);
});

test("taps that were refused are forgotten", () => {
  const batch = tapped(3);
  batch.sum(100);
  batch.take();
  batch.refused();

  assert.equal(batch.take(), 0);
  assert.equal(batch.sum(100), 100);
});

function tapped(times: number): LikeBatch {
  const batch = new LikeBatch();
  for (let tap = 0; tap < times; tap++) batch.tap();
  return batch;
}
