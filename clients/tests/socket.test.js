// What graphql-ws may expect of the class, whatever `wx` does.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Phone } from "./phone.js";
import { sleep } from "./until.js";

let told;
let task;
let happens;
let socket;
let heard;

beforeEach(() => {
  const { wxSocket } = new Phone().install();
  told = [];
  happens = {};
  task = Object.fromEntries(["onOpen", "onMessage", "onClose", "onError"].map((name) => [name, (call) => (happens[name] = call)]));
  task.send = ({ data }) => told.push(data);
  task.close = ({ code }) => told.push(code);
  open(wxSocket, { connectSocket: (options) => ((task.options = options), task) });
});

function open(wxSocket, wx) {
  heard = [];
  socket = new (wxSocket(wx, { "accept-language": "en" }))("wss://shop.example/graphql", "graphql-transport-ws");
  socket.onopen = () => heard.push("open");
  socket.onmessage = ({ data }) => heard.push(data);
  socket.onclose = ({ code, reason }) => heard.push([code, reason]);
}

test("it asks for the protocol, in the language of the app", () => {
  assert.equal(task.options.url, "wss://shop.example/graphql");
  assert.deepEqual([...task.options.protocols], ["graphql-transport-ws"]);
  assert.equal(task.options.header["accept-language"], "en");
});

test("it opens, hears, says, and is closed with code and reason", () => {
  happens.onOpen();
  happens.onMessage({ data: "hello" });
  socket.send("hi");
  happens.onClose({ code: 1012, reason: "Service restart" });

  assert.deepEqual(heard, ["open", "hello", [1012, "Service restart"]]);
  assert.deepEqual([told, socket.readyState], [["hi"], 3]);
});

test("who closes is told so, although onClose never comes, and hears nothing after it", async () => {
  happens.onOpen();
  socket.close(4499, "Terminated");
  happens.onMessage({ data: "late" });
  await sleep(5);
  happens.onClose({ code: 1000 });

  assert.deepEqual(heard, ["open", [4499, "Terminated"]]);
  assert.deepEqual(told, [4499]);
});

test("a close without a code is a break", () => {
  happens.onClose({});

  assert.deepEqual(heard, [[1006, ""]]);
});

test("an error is the end, with or without a close", () => {
  happens.onError({ errMsg: "fail" });
  happens.onClose({ code: 1006 });

  assert.deepEqual(heard, [[1006, "fail"]]);
});

test("a socket that opens after it was closed is closed again", async () => {
  socket.close();
  happens.onOpen();
  await sleep(5);

  assert.deepEqual(told, [1000, 1000]);
  assert.deepEqual(heard, [[1000, ""]]);
});

for (const [name, connectSocket] of [
  ["fails", ({ fail }) => (fail({ errMsg: "too many sockets" }), task)],
  ["gives nothing", () => undefined],
  ["throws", () => { throw new Error("no"); }],
]) {
  test(`a connectSocket that ${name} is a socket that breaks`, async () => {
    open(new Phone().install().wxSocket, { connectSocket });
    await sleep(5);

    assert.equal(heard[0][0], 1006);
  });
}
