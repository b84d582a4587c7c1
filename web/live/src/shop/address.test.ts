import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { addressOf, HOME, type View, viewOf } from "./address.ts";

const VIEWS: View[] = [
  HOME,
  { at: "home", categoryId: "cat_1" },
  { at: "product", slug: "mingqian-longjing" },
  { at: "cart" },
  { at: "checkout", basket: { of: "cart" } },
  { at: "checkout", basket: { of: "product", variantId: "var_1", quantity: 3, play: null } },
  { at: "checkout", basket: { of: "product", variantId: "var_1", quantity: 1, play: { kind: "SECKILL", id: "sec_1", groupId: null } } },
  { at: "checkout", basket: { of: "product", variantId: "var_1", quantity: 1, play: { kind: "GROUP", id: "gb_1", groupId: "grp_1" } } },
  { at: "orders" },
  { at: "order", id: "ord_1", isToBePaid: true },
  { at: "order", id: "ord_1", isToBePaid: false },
  { at: "group", id: "grp_1" },
  { at: "post", id: "pst_1" },
];

beforeEach(() => {
  Object.assign(globalThis, { location: { pathname: "/shop/", search: "" } });
});

for (const view of VIEWS) {
  const address = () => addressOf(view, "?lang=en&share=abc&product=another");

  test(`${JSON.stringify(view)} has an address that leads back to it`, () => {
    assert.deepEqual(viewOf(address().slice("/shop/".length)), view);
  });

  test(`${JSON.stringify(view)} keeps the language and the share, and nothing else`, () => {
    const search = new URLSearchParams(address().slice("/shop/".length));
    assert.equal(search.get("lang"), "en");
    assert.equal(search.get("share"), "abc");
    if (view.at !== "product") assert.equal(search.get("product"), null);
  });
}

test("what is unknown leads home", () => {
  assert.deepEqual(viewOf("?whatever=1"), HOME);
});

test("a quantity out of bounds is brought within them", () => {
  for (const [asked, taken] of [["0", 1], ["-4", 1], ["1000", 999], ["many", 1]] as const) {
    const view = viewOf(`?buy=var_1&n=${asked}`);
    assert.ok(view.at === "checkout" && view.basket.of === "product");
    assert.equal(view.basket.quantity, taken);
  }
});
