import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveProduct, LiveProductCard, LiveRoom, LiveRoomEvent } from "../api/types.ts";
import type { DrawCard, LiveCallCard, RedPacketCard } from "../api/play-types.ts";
import { apply, enter, LINES_KEPT, pinnedItem, type RoomState, withBoard, withComment } from "./state.ts";

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

test("a comment that waits for review loses its mark when it is posted", () => {
  const event = comment(1, "mine");
  const waiting = withComment(enter(new Room(1).snapshot()), event.comment, true);
  const posted = apply(waiting, event);

  assert.deepEqual(waiting.lines.map(({ id, ...line }) => "waits" in line), [true]);
  assert.deepEqual(posted.lines.map(({ id, ...line }) => "waits" in line), [false]);
});

test("a draw that is older than the one known does not come back", () => {
  const card = { ...draw("d1"), version: 5, entrants: 9 };
  const before = enter({ ...new Room(1).snapshot(), draws: [{ card }] });
  const stale = apply(before, { kind: "DRAW", seq: 1, at: AT, draw: { ...card, version: 4, entrants: 3 } });

  assert.equal(stale.draws[0]?.entrants, 9);
});

test("a board that was asked for before another was told of does not replace it", () => {
  const told = { kind: "BOARD" as const, seq: 8, at: AT, boardRoomId: "room", of: "MEMBERS" as const, entries: [line("小满", 2)] };
  const state = apply(enter(new Room(1).snapshot()), told);

  assert.equal(withBoard(state, "MEMBERS", { seq: 7, entries: [] }), state);
  assert.deepEqual(withBoard(state, "MEMBERS", { seq: 8, entries: [] }).boards.MEMBERS, { seq: 8, entries: [] });
});

test("a board of another room, which shows this one, is not taken for its own", () => {
  const board = { kind: "BOARD" as const, seq: 1, at: AT, boardRoomId: "mirror", of: "MEMBERS" as const, entries: [] };

  assert.deepEqual(apply(enter(new Room(1).snapshot()), board).boards, {});
});

test("an event of a kind that this page does not know moves the cursor only", () => {
  const before = enter(new Room(1).snapshot());
  const after = apply(before, { kind: "FIREWORKS", seq: 1, at: AT } as unknown as LiveRoomEvent);

  assert.deepEqual(after, { ...before, seq: 1 });
});

function facts(state: RoomState) {
  const shelf = state.shelf.map(({ id, stock, sold }) => ({ id, stock, sold }));
  const { seq, viewerCount, likeCount, rules, call, draws, redPackets } = state;
  const pinned = pinnedItem(state)?.id;
  return { seq, state: state.state, viewerCount, likeCount, rules, call, draws, redPackets, pinned, shelf };
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
  #likes = 0;
  #rules = { muted: false, slowModeSeconds: 0, reviewed: false };
  #call: LiveCallCard | null = null;
  #draws: DrawCard[] = [];
  #packets: RedPacketCard[] = [];
  readonly #waiting = [product("c"), product("d")];

  constructor(seed: number) {
    this.#seed = seed;
  }

  snapshot(): LiveRoom {
    return structuredClone({
      id: "room", title: "秋茶", state: this.#state, coverUrl: null,
      host: { name: "阿蘅", avatarUrl: null, storeName: "茶铺" },
      seq: this.#seq, viewerCount: this.#viewers, pinned: this.#pinned, shelf: this.#shelf, recentBulletComments: [],
      epoch: "first", scheduledAt: null, replayUrl: null, likeCount: this.#likes, rules: this.#rules,
      callToAction: this.#call,
      draws: latest(this.#draws).map((card) => ({ card })), redPackets: latest(this.#packets).map((card) => ({ card })),
    });
  }

  live(count: number): LiveRoomEvent[] {
    return Array.from({ length: count }, () => ({ at: AT, seq: ++this.#seq, ...this.#happen() }) as LiveRoomEvent);
  }

  #happen(): object {
    const happenings: (() => object)[] = [
      this.#sell, this.#sell, this.#pin, this.#come, this.#pause, this.#add, this.#hide,
      this.#like, this.#rule, this.#lead, this.#offerDraw, this.#changeDraw, this.#offerPacket, this.#changePacket,
    ];
    return structuredClone(happenings[this.#dice(happenings.length)]!.call(this));
  }

  #like(): object {
    this.#likes += 1 + this.#dice(9);
    return { kind: "LIKES", likeCount: this.#likes };
  }

  #rule(): object {
    this.#rules = { muted: this.#dice(2) === 0, slowModeSeconds: this.#dice(3) * 10, reviewed: this.#dice(2) === 0 };
    return { kind: "RULES", rules: this.#rules };
  }

  #lead(): object {
    this.#call = this.#dice(2) ? { id: `call${this.#seq}`, kind: "GUIDE_QR", title: "加导购", pictureUrl: null } : null;
    return { kind: "CALL_TO_ACTION", call: this.#call };
  }

  #offerDraw(): object {
    const card = draw(`d${100 + this.#draws.length}`);
    this.#draws.push(card);
    return { kind: "DRAW", draw: card };
  }

  #changeDraw(): object {
    const card = latest(this.#draws)[this.#dice(3)];
    if (!card) return this.#come();
    card.version++;
    card.entrants++;
    card.state = this.#dice(2) ? "DRAWN" : "OPEN";
    return { kind: "DRAW", draw: card };
  }

  #offerPacket(): object {
    const card = packet(`p${100 + this.#packets.length}`);
    this.#packets.push(card);
    return { kind: "RED_PACKET", redPacket: card };
  }

  #changePacket(): object {
    const card = latest(this.#packets)[this.#dice(3)];
    if (!card) return this.#come();
    card.version++;
    card.grabbed++;
    return { kind: "RED_PACKET", redPacket: card };
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

/** As a snapshot has them: the latest ten, the newest first. */
function latest<Card>(cards: readonly Card[]): Card[] {
  return cards.slice(-10).reverse();
}

const ANYBODY = { boundToHost: false, password: null, hasOrdered: false, leastInvited: 0 };

function draw(id: string): DrawCard {
  return {
    id, kind: "LUCKY_BAG", state: "OPEN", title: "福袋", prizes: [], conditions: ANYBODY, commitment: null,
    closesAt: AT, entrants: 0, winners: [], winnerCount: 0, version: 1,
  };
}

function packet(id: string): RedPacketCard {
  return {
    id, kind: "COINS", state: "OPEN", greeting: "恭喜发财", sponsorName: "茶铺", total: 88, count: 8, conditions: ANYBODY,
    opensAt: AT, expiresAt: AT, grabbed: 0, luckiest: null, version: 1,
  };
}

function line(name: string, count: number) {
  return { rank: 1, name, avatarUrl: null, count };
}

function card({ state, ...card }: LiveProduct): LiveProductCard {
  assert.notEqual(state, "HIDDEN");
  return { ...card };
}
