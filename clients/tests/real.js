// The clients against a running product. BASE_URL, ROOM_ID and MEMBER_TOKENS (separated by commas, one of each is
// spent per second) say where and as whom. tests/clients starts it; without it there is nothing to meet.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, test } from "node:test";
import { WebSocket } from "ws";
import * as web from "../web/dist/index.js";
import { Phone, TIMINGS } from "./phone.js";
import { upTo, Viewer } from "./shop.js";
import { sleep, until } from "./until.js";

const { BASE_URL, ROOM_ID, MEMBER_TOKENS } = process.env;
const url = `${BASE_URL}/graphql`;
const members = MEMBER_TOKENS.split(",");
const EVENT = "fragment Event on LiveRoomEvent { seq kind ... on BulletCommentPosted { comment { text } } }";
const DOCUMENTS = {
  room: "query Room($roomId: ID!) { liveRoom(id: $roomId) { seq epoch } }",
  events: `subscription RoomEvents($roomId: ID!, $after: Long, $epoch: String) {
    liveRoomEvents(roomId: $roomId, after: $after, epoch: $epoch) { ...Event }
  } ${EVENT}`,
  eventsSince: `query RoomEventsSince($roomId: ID!, $after: Long!, $epoch: String) {
    liveRoomEventsSince(roomId: $roomId, after: $after, epoch: $epoch, first: 100) {
      events { ...Event } nextAfter nextPollMs resyncRequired
    }
  } ${EVENT}`,
};

const shop = new web.Pond({ url }, { post: web.post });
let viewer;
let pond;

class Hearing extends Viewer {
  texts = [];

  event = ({ seq, comment }) => {
    this.seqs.push(seq);
    if (comment) this.texts.push(comment.text);
  };
}

beforeEach(() => (viewer = new Hearing()));
afterEach(async () => {
  pond.close();
  await everythingHeard();
});

async function enter(opened) {
  pond = opened;
  pond.follow(ROOM_ID, DOCUMENTS, viewer);
  await until(() => viewer.connections.length > 1);
}

const onPhone = (phone, options) => enter(phone.install().createPond({ url, timings: TIMINGS, ...options }));

/** Say something as the next member. */
async function say(...texts) {
  for (const text of texts) {
    const token = members.shift();
    members.push(token);
    const { bulletCommentSend } = await shop.api.send(
      "mutation ($input: BulletCommentSendInput!) { bulletCommentSend(input: $input) { userErrors { message } } }",
      { input: { liveRoomId: ROOM_ID, text } },
      token,
    );
    assert.deepEqual(bulletCommentSend.userErrors, []);
  }
}

const heard = (...texts) => until(() => texts.every((text) => viewer.texts.includes(text)));

/** Every number of the log since the snapshot, once and in order. */
function everythingHeard() {
  const [first = 0] = viewer.snapshots;
  assert.deepEqual(viewer.seqs, viewer.seqs.length ? upTo(viewer.seqs.at(-1), first + 1) : []);
  assert.deepEqual(viewer.gaps, []);
}

test("what happens while the phone sleeps arrives once and in order", async () => {
  const phone = new Phone({ tellsClose: () => false });
  await onPhone(phone);
  await say("醒着");
  await phone.away(() => say("睡着一", "睡着二", "睡着三"));
  await say("又醒了");
  await heard("又醒了");

  assert.deepEqual(viewer.texts, ["醒着", "睡着一", "睡着二", "睡着三", "又醒了"]);
  assert.equal(viewer.snapshots.length, 1);
});

test("a network that goes dead without a word is noticed, and nothing is missed", async () => {
  const phone = new Phone();
  await onPhone(phone);
  phone.isDeaf = true;
  await say("没听见");
  await until(() => viewer.is === "waiting");
  phone.isDeaf = false;
  await heard("没听见");

  assert.ok(phone.sockets > 1);
});

test("a network without sockets is polled for the same events, until there is one", async () => {
  const phone = new Phone();
  phone.refusesSockets = true;
  await onPhone(phone);
  await until(() => viewer.is === "polling");
  await say("轮询一", "轮询二");
  await heard("轮询二");
  phone.refusesSockets = false;
  await until(() => viewer.is === "live");
  await say("套接字");
  await heard("套接字");

  assert.deepEqual(viewer.texts, ["轮询一", "轮询二", "套接字"]);
});

test("a cursor of another log brings a new snapshot", async () => {
  const phone = new Phone();
  let isFirst = true;
  phone.onAnswer = (answer) => {
    const data = isFirst ? answer.data.replace(/"seq":\d+/, '"seq":1000000') : answer.data;
    isFirst = false;
    return { ...answer, data };
  };
  await onPhone(phone);
  await until(() => viewer.snapshots.length === 2);
  viewer.snapshots.shift();
  await say("新快照之后");
  await heard("新快照之后");
});

test("a token that is revoked under a socket is replaced, and nothing is missed", async () => {
  const tokens = [members.shift(), members[0]];
  const renew = async () => Boolean(tokens.shift());
  await onPhone(new Phone(), { credentials: { token: () => tokens[0], renew } });
  await shop.api.send("mutation { memberLogout(input: {}) { userErrors { message } } }", {}, tokens[0]);
  await until(() => viewer.connections.includes("waiting"));
  await say("换了令牌");
  await heard("换了令牌");
  await until(() => viewer.is === "live");

  assert.equal(tokens.length, 1);
});

test("a page behind a proxy that lets no websocket through takes server-sent events", async () => {
  class Blocked extends WebSocket {
    constructor(_, protocols) {
      super("ws://127.0.0.1:9", protocols);
    }
  }
  await enter(new web.Pond({ url, timings: TIMINGS }, { post: web.post, webSocket: Blocked, stream: web.eventStreams }));
  await until(() => viewer.is === "live");
  await say("事件流一", "事件流二");
  await heard("事件流二");
  assert.equal(pond.socket.state === "live", false);
});

test("a page takes a websocket where there is one", async () => {
  await enter(new web.Pond({ url, timings: TIMINGS }, { post: web.post, webSocket: WebSocket, stream: web.eventStreams }));
  await say("网页");
  await heard("网页");
  await sleep(TIMINGS.pingEveryMs * 2);

  assert.equal(pond.socket.state, "live");
  assert.deepEqual(viewer.connections, ["joining", "live"]);
});

test("the mini-program of the README logs in anew and shows a room", async () => {
  const [library, page] = codeOf(new URL("../miniprogram/README.md", import.meta.url));
  const storage = { token: "stale" };
  const phone = new Phone();
  const wx = {
    getStorageSync: (key) => storage[key] ?? "",
    setStorageSync: (key, value) => (storage[key] = value),
    login: ({ success, fail }) => wechatCode().then((code) => success({ code }), fail),
  };
  const module = {};
  let shown;
  library(() => phone.install(), module, wx);
  pond = module.exports;
  page(() => pond, {}, wx, (options) => (shown = options));
  const flown = [];
  Object.assign(shown, {
    setData: (data) => Object.assign(shown, data),
    selectComponent: () => ({ fly: ({ text }) => flown.push(text) }),
  });
  shown.onLoad({ roomId: ROOM_ID });
  await until(() => shown.connection === "live");
  await say("小程序");
  await until(() => flown.includes("小程序"));
  shown.onUnload();

  assert.equal(shown.room.title.length > 0, true);
  assert.equal((await pond.request("{ me { id } }")).me === null, false);
});

/** The JavaScript of a page, each block as a function of what it finds in its surroundings. */
function codeOf(file) {
  const blocks = [...readFileSync(file, "utf8").matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);
  return blocks.map((code) => new Function("require", "module", "wx", "Page", code.replace("https://shop.example/graphql", url)));
}

async function wechatCode() {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${BASE_URL}/standins/wechat/login`, { method: "POST", headers, body: '{"user":"reader"}' });
  return (await response.json()).code;
}
