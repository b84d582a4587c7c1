import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { ASLEEP_AFTER_MS, Phone, TIMINGS } from "./phone.js";
import { DOCUMENTS, Shop, upTo, Viewer } from "./shop.js";
import { sleep, until } from "./until.js";

let shop;
let phone;
let pond;
let viewer;

beforeEach(async () => (shop = await new Shop().open()));
afterEach(() => {
  pond.close();
  shop.close();
});

/** Enter the room with a phone, as a visitor or with these credentials. */
async function enter(aPhone = new Phone(), credentials = undefined) {
  phone = aPhone;
  pond = phone.install().createPond({ url: shop.url, timings: TIMINGS, ...(credentials && { credentials }) });
  viewer = new Viewer();
  pond.follow("room", DOCUMENTS, viewer);
  await until(() => viewer.connections.length > 1 || viewer.failure);
}

const caughtUp = () => until(() => viewer.last === shop.seq && viewer.is === "live");

for (const [name, tellsClose] of [
  ["tells of its sockets", () => true],
  ["never tells of its sockets", () => false],
  ["sometimes tells of its sockets", () => Math.random() < 0.5],
]) {
  test(`what happens while a phone that ${name} sleeps arrives once and in order`, async () => {
    await enter(new Phone({ tellsClose }));
    for (let i = 0; i < 3; i++) {
      shop.happen(2);
      await phone.away(() => shop.happen(5));
      shop.happen(2);
      await caughtUp();
    }

    assert.deepEqual(viewer.seqs, upTo(27));
    assert.deepEqual([viewer.snapshots, viewer.gaps], [[0], []]);
  });
}

test("a short look away costs no socket", async () => {
  await enter();
  phone.hide();
  await sleep(ASLEEP_AFTER_MS / 3);
  shop.happen(3);
  phone.show();
  await caughtUp();

  assert.equal(phone.sockets, 1);
  assert.deepEqual(viewer.seqs, upTo(3));
});

test("a frame that comes before the app knows that it is back does not hide those that were lost", async () => {
  await enter(new Phone({ keepsSockets: true }));
  await phone.away(async () => {
    shop.happen(3);
    await sleep(20);
    phone.stir();
    shop.happen(1);
    await sleep(20);
  });
  await caughtUp();

  assert.deepEqual(viewer.seqs, upTo(4));
});

test("a network that comes and goes in the background is no reason to rely on it", async () => {
  await enter(new Phone({ keepsSockets: true, tellsClose: () => false }));
  phone.hide();
  phone.network(false);
  phone.network(true);
  await sleep(ASLEEP_AFTER_MS * 1.2);
  assert.equal(phone.sockets, 1);
  shop.happen(3);
  phone.show();
  await caughtUp();

  assert.deepEqual(viewer.seqs, upTo(3));
});

for (const code of [1000, 1001, 1006, 1011, 1012, 1013, 4008, 4408]) {
  test(`a socket that ends with ${code} is resumed after the last event`, async () => {
    await enter();
    shop.happen(2);
    await until(() => viewer.last === 2);
    shop.cut(code);
    await until(() => viewer.connections.includes("waiting"));
    shop.happen(2);
    await caughtUp();

    assert.deepEqual(viewer.seqs, upTo(4));
    assert.equal(viewer.snapshots.length, 1);
  });
}

for (const code of [4400, 4403, 4406, 4409]) {
  test(`a socket that is refused with ${code} is not tried again`, async () => {
    await enter();
    shop.cut(code);
    await until(() => viewer.failure);
    await sleep(50);

    assert.equal(viewer.failure, "SOCKET_REFUSED");
    assert.equal(phone.sockets, 1);
  });
}

test("a socket that says nothing any more is given up and made anew", async () => {
  await enter();
  shop.happen(1);
  shop.isSilent = true;
  await until(() => viewer.connections.includes("waiting"));
  shop.isSilent = false;
  shop.happen(2);
  await caughtUp();

  assert.deepEqual(viewer.seqs, upTo(3));
});

test("a socket that speaks is not given up", async () => {
  await enter();
  for (let i = 0; i < 4; i++) {
    shop.happen(1);
    await sleep(TIMINGS.pingEveryMs);
  }

  assert.equal(phone.sockets, 1);
});

test("a socket that never opens is given up", async () => {
  shop.isSilent = true;
  phone = new Phone();
  setTimeout(() => (shop.isSilent = false), 250);
  await enter(phone);
  await caughtUp();

  assert.ok(phone.sockets > 1);
});

test("a cursor that the log no longer knows brings a new snapshot, and goes on from it", async () => {
  await enter();
  shop.happen(2);
  await phone.away(() => {
    shop.happen(10);
    shop.oldest = 8;
  });
  await until(() => viewer.snapshots.length === 2);
  shop.happen(2);
  await caughtUp();

  assert.deepEqual(viewer.snapshots, [0, 12]);
  assert.deepEqual(viewer.seqs, [1, 2, 13, 14]);
});

test("a log that began anew brings a new snapshot, whose number may be lower", async () => {
  await enter();
  shop.happen(5);
  await phone.away(() => (shop.seq = 1));
  await until(() => viewer.snapshots.length === 2);
  shop.happen(1);
  await caughtUp();

  assert.deepEqual(viewer.seqs, [1, 2, 3, 4, 5, 2]);
});

test("a log that came back from a backup brings a new snapshot, although it knows the number", async () => {
  await enter();
  shop.happen(5);
  await phone.away(() => {
    shop.epoch = "second";
    shop.happen(1);
  });
  await caughtUp();

  assert.deepEqual(viewer.snapshots, [0, 6]);
});

test("a network without sockets is polled for the same events, and left for a socket once there is one", async () => {
  shop.refusesSockets = true;
  await enter();
  shop.happen(8);
  await until(() => viewer.is === "polling" && viewer.last === 8);
  shop.refusesSockets = false;
  await until(() => viewer.is === "live");
  const { requests } = phone;
  shop.happen(2);
  await caughtUp();
  await sleep(50);

  assert.deepEqual(viewer.seqs, upTo(10));
  assert.ok(phone.requests <= requests + 1, "it goes on polling");
});

test("a poller whose cursor became too old begins with a new snapshot", async () => {
  shop.refusesSockets = true;
  await enter();
  await until(() => viewer.is === "polling");
  shop.seq = 20;
  shop.oldest = 15;
  await until(() => viewer.last === 20);
  shop.happen(2);
  await until(() => viewer.last === 22);

  assert.deepEqual(viewer.snapshots, [0, 20]);
  assert.deepEqual(viewer.seqs, [21, 22]);
});

test("a token that expires is renewed, and nothing is missed", async () => {
  let token = "old";
  shop.tokens = new Set(["old"]);
  await enter(undefined, { token: () => token, renew: async () => ((token = "new"), true) });
  shop.happen(1);
  await until(() => viewer.last === 1);
  shop.tokens = new Set(["new"]);
  shop.cut(4401);
  shop.happen(2);
  await caughtUp();

  assert.deepEqual(shop.connects, ["old", "new"]);
  assert.deepEqual(viewer.seqs, upTo(3));
});

test("a member whose token cannot be renewed goes on as a visitor", async () => {
  let token = "old";
  shop.tokens = new Set(["old"]);
  await enter(undefined, { token: () => token, renew: async () => ((token = null), false) });
  shop.tokens.clear();
  shop.cut(4401);
  await until(() => viewer.connections.includes("waiting"));
  await caughtUp();

  assert.deepEqual(shop.connects, ["old", null]);
});

test("a token that is refused and not replaced ends the room", async () => {
  shop.tokens = new Set(["old"]);
  await enter(undefined, { token: () => "old" });
  shop.tokens.clear();
  shop.cut(4401);
  await until(() => viewer.failure);

  assert.equal(viewer.failure, "UNAUTHENTICATED");
});

test("who logs in after that may enter again", async () => {
  let token = "old";
  shop.tokens = new Set(["old"]);
  await enter(undefined, { token: () => token });
  shop.tokens = new Set(["new"]);
  shop.cut(4401);
  await until(() => viewer.failure);
  token = "new";
  pond.reconnect();
  viewer = new Viewer();
  pond.follow("room", DOCUMENTS, viewer);
  shop.happen(1);
  await caughtUp();
});

test("a renewal that the network lost is tried again", async () => {
  let token = "old";
  let attempts = 0;
  const renew = async () => {
    if (++attempts < 3) throw new Error("offline");
    token = "new";
    return true;
  };
  shop.tokens = new Set(["old"]);
  await enter(undefined, { token: () => token, renew });
  shop.tokens = new Set(["new"]);
  shop.cut(4401);
  await until(() => shop.connects.includes("new"));
  await caughtUp();
});

test("a subscription that is refused for now is begun again", async () => {
  shop.refusals = ["OVERLOADED", "RATE_LIMITED", "FORBIDDEN"];
  await enter();
  shop.happen(1);
  await caughtUp();

  assert.deepEqual(viewer.seqs, [1]);
  assert.deepEqual(shop.refusals, []);
});

for (const [code, times] of [["FORBIDDEN", 3], ["MEMBER_KICKED", 1], ["NOT_FOUND", 1]]) {
  test(`a viewer who is told ${code} is out after ${times}`, async () => {
    shop.refusals = [code, code, code];
    await enter();
    await until(() => viewer.failure);

    assert.deepEqual([viewer.failure, shop.refusals.length], [code, 3 - times]);
  });
}

test("one socket carries all rooms, and closes when the last is left", async () => {
  await enter();
  const other = new Viewer();
  const leave = pond.follow("other", DOCUMENTS, other);
  await until(() => other.is === "live");
  shop.happen(2);
  shop.cut(1012);
  await until(() => other.connections.includes("waiting"));
  shop.happen(1);
  await caughtUp();
  await until(() => other.last === 3);

  assert.equal(phone.sockets, 2);
  leave();
  shop.happen(1);
  await caughtUp();
  assert.deepEqual(other.seqs, upTo(3));
  pond.close();
  await until(() => shop.sockets.size === 0);
});

test("a viewer who is somebody else now comes back to the socket as them", async () => {
  let token = null;
  shop.tokens = new Set(["member"]);
  await enter(undefined, { token: () => token });
  token = "member";
  pond.reconnect();
  shop.happen(1);
  await until(() => shop.connects.length === 2);
  await caughtUp();

  assert.deepEqual(shop.connects, [null, "member"]);
});

test("an event that comes twice, or late, is handed on once", async () => {
  await enter();
  shop.happen(2);
  await until(() => viewer.last === 2);
  shop.repeat(2);
  shop.repeat(1);
  shop.happen(1);
  await caughtUp();

  assert.deepEqual(viewer.seqs, upTo(3));
});

test("what was sampled away is told as a gap", async () => {
  await enter();
  shop.happen(1);
  await until(() => viewer.last === 1);
  shop.seq = 5;
  shop.happen(1);
  await until(() => viewer.last === 6);

  assert.deepEqual(viewer.gaps, [[1, 6]]);
});

test("a room that does not exist is not asked for twice", async () => {
  shop.answers = [[200, {}, { data: { liveRoom: null } }]];
  await enter();
  await sleep(30);

  assert.equal(viewer.failure, "NOT_FOUND");
  assert.equal(phone.requests, 1);
});

test("a shop that is busy is asked again when it says", async () => {
  shop.answers = [
    [429, { "retry-after": "0" }, ""],
    [503, {}, "<html>"],
    [502, {}, ""],
  ];
  await enter();
  await caughtUp();

  assert.deepEqual(viewer.snapshots, [0]);
});

test("a fault of the app in one event does not cost it the others", async () => {
  await enter();
  const { event } = viewer;
  viewer.event = () => {
    viewer.event = event;
    throw new Error("the app's");
  };
  shop.happen(3);
  await caughtUp();

  assert.deepEqual(phone.faults, ["the app's"]);
  assert.deepEqual(viewer.seqs, [2, 3]);
});

test("whatever the network does, in any order, every event arrives once and in order", async () => {
  shop.tokens = new Set(["0"]);
  let token = "0";
  await enter(new Phone({ tellsClose: () => Math.random() < 0.5 }), {
    token: () => token,
    renew: async () => (([token] = shop.tokens), true),
  });
  const mishaps = [
    () => phone.away(() => shop.happen(3)),
    () => shop.cut([1001, 1006, 1012, 1013, 4008][Math.floor(Math.random() * 5)]),
    () => ((shop.tokens = new Set([token + "+"])), shop.cut(4401)),
    () => (phone.refusesSockets = !phone.refusesSockets),
    () => shop.answers.push([503, {}, ""]),
    () => (phone.network(false), phone.network(true)),
  ];
  for (let i = 0; i < 25; i++) {
    shop.happen(2);
    await mishaps[Math.floor(Math.random() * mishaps.length)]();
    await sleep(Math.random() * 30);
  }
  phone.refusesSockets = false;
  shop.happen(1);
  await caughtUp();

  assert.deepEqual(viewer.seqs, upTo(shop.seq));
  assert.equal(viewer.snapshots.length, 1);
});
