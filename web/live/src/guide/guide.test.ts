import assert from "node:assert/strict";
import { test } from "node:test";
import { tabOf, viewOf } from "./address.ts";
import { fenOf, percent, typed } from "./parts/fen.ts";
import { daysOf, monthsBefore } from "./parts/months.ts";

test("an amount that is typed is fen, exactly", () => {
  const known: [string, number | null][] = [
    ["1", 100],
    ["0.1", 10],
    ["19.9", 1990],
    ["4.35", 435],
    [" 12.30 ", 1230],
    ["999999999.99", 99_999_999_999],
  ];
  for (const [text, fen] of known) assert.equal(fenOf(text), fen);
});

test("anything else is no amount", () => {
  for (const text of ["", "1.", ".5", "1.234", "-1", "1e3", "1,000", "¥5", "9999999999"]) assert.equal(fenOf(text), null);
});

test("what is written into the field is read from it again", () => {
  for (const fen of [1, 10, 99, 100, 1230, 123_456]) assert.equal(fenOf(typed(fen)), fen);
});

test("a share is written as percent", () => {
  assert.deepEqual([800, 825, 5].map(percent), ["8", "8.25", "0.05"]);
});

test("a month has as many days as the calendar says", () => {
  assert.deepEqual(daysOf("2026-02"), { firstDay: "2026-02-01", lastDay: "2026-02-28" });
  assert.deepEqual(daysOf("2028-02").lastDay, "2028-02-29");
  assert.deepEqual(daysOf("2026-12").lastDay, "2026-12-31");
});

test("the months before January are of the year before", () => {
  assert.deepEqual(monthsBefore(new Date(2027, 0, 31), 3), ["2027-01", "2026-12", "2026-11"]);
});

test("an address that nobody knows is the first screen", () => {
  for (const search of ["", "?view=", "?view=other", "?kind=posts"]) assert.deepEqual(viewOf(search), { at: "today" });
  assert.deepEqual(viewOf("?view=share&kind=nothing"), { at: "share", kind: "products" });
  assert.deepEqual(viewOf("?view=statement&month=2026-13"), { at: "statement", month: null });
});

test("statement and withdrawal stand under commission", () => {
  assert.deepEqual((["?view=statement&month=2026-11", "?view=withdraw"] as const).map((search) => tabOf(viewOf(search))), [
    "commission",
    "commission",
  ]);
});
