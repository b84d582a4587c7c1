import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveProduct, LiveProductCard, LiveRoom, LiveRoomEvent } from "../api/types.ts";
import { apply, enter, LINES_KEPT, pinnedItem, type RoomState, withComment } from "./state.ts";

const AT = "2026-11-22T02:11:00Z";

test("a snapshot and the events after it make the same room as a later snapshot", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const room = new Room(seed);
    room.live(5);
    let state = enter(room.snapshot());
    for (const event of room.live(40)) state = apply(state, event);

    assert.deepEqual(facts(state), facts(enter(room.snapshot())), `seed ${seed}`);
  }
});

test("an event that comes twice changes nothing the second time", () => {
  const room = new Room(7);
  const before = enter(room.snapshot());
  const events = room.live(10);
  const once = events.reduce(apply, before);

  assert.equal(events.reduce(apply, once), once);
});

test("a count that is older than the snapshot's does not come back", () => {
  const room = new Room(1);
  const snapshot = room.snapshot();
  const stale = { ...snapshot, seq: 0, shelf: snapshot.shelf.map((item) => ({ ...item, version: 9 })) };
  const state = apply(enter(stale), {
    kind: "INVENTORY", seq: 1, at: AT, liveProductId: "a", liveStock: 1, sold: 99, version: 8,
  });

  assert.equal(state.shelf[0]?.stock, 10);
});

test("a removed comment leaves the chat", () => {
  const posted = apply(enter(new Room(1).snapshot()), comment(1, "c1"));
  const removed = apply(posted, { kind: "BULLET_COMMENT_REMOVED", seq: 2, at: AT, commentId: "c1" });

  assert.equal(posted.lines.length, 1);
  assert.deepEqual(removed.lines, []);
});

test("a comment of one's own shows once, whether or not its event arrives", () => {
  const event = comment(1, "mine");
  const sent = withComment(enter(new Room(1).snapshot()), event.comment);

  assert.equal(sent.lines.length, 1);
  assert.equal(apply(sent, event).lines.length, 1);
});

test("the chat keeps its newest lines only", () => {
  let state = enter(new Room(1).snapshot());
  for (let seq = 1; seq <= LINES_KEPT + 10; seq++) state = apply(state, comment(seq, `c${seq}`));

  assert.equal(state.lines.length, LINES_KEPT);
  assert.equal(state.lines.at(-1)?.id, `c${LINES_KEPT + 10}`);
});

test("an event of a kind that this page does not know moves the cursor only", () => {
  const before = enter(new Room(1).snapshot());
  const after = apply(before, { kind: "FIREWORKS", seq: 1, at: AT } as unknown as LiveRoomEvent);

  assert.deepEqual(after, { ...before, seq: 1 });
});

function facts(state: RoomState) {
  const shelf = state.shelf.map(({ id, stock, sold }) => ({ id, stock, sold }));
  return { seq: state.seq, state: state.state, viewers: state.viewerCount, pinned: pinnedItem(state)?.id, shelf };
}

function comment(seq: number, id: string) {
  const posted = { id, text: "好看", senderName: "小满", color: null, mode: "SCROLL" as const, at: AT, removed: false };
  return { kind: "BULLET_COMMENT" as const, seq, at: AT, comment: posted };
}

/** A room in which things happen at random, but the same for the same seed. */
class Room {
  #seed: number;
  #seq = 0;
  #viewers = 10;
  #pinned: LiveProduct | null = null;
  #state: LiveRoom["state"] = "LIVE";
  #shelf: LiveProduct[] = [product("a"), product("b")];
  readonly #waiting = [product("c"), product("d")];

  constructor(seed: number) {
    this.#seed = seed;
  }

  snapshot(): LiveRoom {
    return structuredClone({
      id: "room", title: "秋茶", state: this.#state, coverUrl: null,
      host: { name: "阿蘅", avatarUrl: null, storeName: "茶铺" },
      seq: this.#seq, viewerCount: this.#viewers, pinned: this.#pinned, shelf: this.#shelf, recentBulletComments: [],
      epoch: "first",
    });
  }

  live(count: number): LiveRoomEvent[] {
    return Array.from({ length: count }, () => ({ at: AT, seq: ++this.#seq, ...this.#happen() }) as LiveRoomEvent);
  }

  #happen(): object {
    const happenings: (() => object)[] = [this.#sell, this.#sell, this.#pin, this.#come, this.#pause, this.#add, this.#hide];
    return happenings[this.#dice(happenings.length)]!.call(this);
  }

  #sell(): object {
    const item = this.#any();
    if (!item?.liveStock) return this.#come();
    item.liveStock--;
    item.sold++;
    item.version++;
    const { id: liveProductId, liveStock, sold, version } = item;
    return { kind: "INVENTORY", liveProductId, liveStock, sold, version };
  }

  #pin(): object {
    this.#pinned = this.#dice(3) ? this.#any() : null;
    return { kind: "PIN", pinned: this.#pinned && card(this.#pinned) };
  }

  #come(): object {
    this.#viewers += this.#dice(5);
    return { kind: "VIEWERS", viewerCount: this.#viewers };
  }

  #pause(): object {
    const fromState = this.#state;
    this.#state = fromState === "LIVE" ? "PAUSED" : "LIVE";
    return { kind: "STATE", fromState, toState: this.#state };
  }

  #add(): object {
    const item = this.#waiting.pop();
    if (!item) return this.#come();
    this.#shelf.push(item);
    return { kind: "SHELF", liveProduct: card(item), state: "ON_SHELF" };
  }

  #hide(): object {
    const item = this.#any();
    if (!item) return this.#come();
    this.#shelf = this.#shelf.filter((other) => other !== item);
    if (this.#pinned === item) this.#pinned = null;
    return { kind: "SHELF", liveProduct: card(item), state: "HIDDEN" };
  }

  #any(): LiveProduct | null {
    return this.#shelf[this.#dice(this.#shelf.length || 1)] ?? null;
  }

  #dice(sides: number): number {
    this.#seed = (this.#seed * 48271) % 2147483647;
    return this.#seed % sides;
  }
}

function product(id: string): LiveProduct {
  return {
    id, variantId: `v${id}`, name: id, imageUrl: null,
    livePrice: { minor: 100, currency: "CNY" }, listPrice: { minor: 200, currency: "CNY" },
    liveStock: 10, sold: 0, limitPerMember: null, state: "ON_SHELF", version: 1,
  };
}

function card({ state, ...card }: LiveProduct): LiveProductCard {
  assert.notEqual(state, "HIDDEN");
  return { ...card };
}
