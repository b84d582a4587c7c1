// A phone with WeChat as far as the client meets it. Times are a fiftieth of real ones.
import { readFileSync } from "node:fs";
import vm from "node:vm";
import { WebSocket } from "ws";
import { sleep } from "./until.js";

export const ASLEEP_AFTER_MS = 100;
export const TIMINGS = {
  pingEveryMs: 120,
  pongWithinMs: 60,
  openWithinMs: 200,
  standsAfterMs: 50,
  asleepAfterMs: ASLEEP_AFTER_MS,
  lingerMs: 20,
  retryFirstMs: 10,
  retryMostMs: 80,
  pollLeastMs: 10,
  pollMostMs: 20,
  stayAwayMs: { 1012: [0, 30], 1013: [10, 30], 4008: [5, 10] },
};

const DIST = new URL("../miniprogram/dist/index.js", import.meta.url);
const MISSING = ["TextDecoder", "URL", "crypto", "AbortController", "WebSocket", "fetch", "process", "Buffer"];

/**
 * A while after it goes to the background everything stops: timers, requests and sockets, which are then dead.
 * `tellsClose` says whether `onClose` of a socket that died is ever called; `keepsSockets` that they live on, deaf.
 */
export class Phone {
  refusesSockets = false;
  isDeaf = false;
  sockets = 0;
  requests = 0;
  atOnce = 0;
  mostAtOnce = 0;
  faults = [];
  onAnswer = (answer) => answer;
  #tellsClose;
  #keepsSockets;
  #isAsleep = false;
  #fallingAsleep;
  #late = [];
  #tasks = new Set();
  #onShow = [];
  #onHide = [];
  #onNetwork = [];

  constructor({ tellsClose = () => true, keepsSockets = false } = {}) {
    this.#tellsClose = tellsClose;
    this.#keepsSockets = keepsSockets;
  }

  /** What the mini-program `require`s, on an engine that knows no more than ES2017. */
  install() {
    const { setTimeout: timer, clearTimeout } = globalThis;
    const whenAwake = (call) => (this.#isAsleep ? this.#late.push(() => this.#run(call)) : this.#run(call));
    const context = vm.createContext({ setTimeout: (call, ms) => timer(whenAwake, ms, call), clearTimeout, wx: this.wx });
    vm.runInContext("delete Promise.prototype.finally; delete Symbol.asyncIterator;", context);
    for (const name of MISSING) if (vm.runInContext(`typeof ${name}`, context) !== "undefined") throw new Error(name);
    const exports = {};
    vm.runInContext(`(function (exports) {${readFileSync(DIST, "utf8")}\n})`, context)(exports);
    return exports;
  }

  /** What an app throws is seen by its `onError`. */
  #run(call) {
    try {
      call();
    } catch (fault) {
      this.faults.push(fault.message);
    }
  }

  hide() {
    for (const call of this.#onHide) call();
    // A little before the client's own clock says so: it cannot tidy up.
    this.#fallingAsleep = setTimeout(() => this.#sleep(), ASLEEP_AFTER_MS * 0.8);
  }

  show() {
    clearTimeout(this.#fallingAsleep);
    this.#isAsleep = false;
    for (const call of this.#late.splice(0)) call();
    for (const call of this.#onShow) call();
  }

  /** Be away for long, while something happens. */
  async away(happens) {
    this.hide();
    await sleep(ASLEEP_AFTER_MS * 1.2);
    await happens();
    this.show();
  }

  network(isConnected) {
    if (!isConnected) for (const task of this.#tasks) task.die();
    for (const call of this.#onNetwork) call({ isConnected });
  }

  /** A socket that was taken for dead speaks before anyone says that the app is back. */
  stir() {
    this.#isAsleep = false;
  }

  #sleep() {
    this.#isAsleep = true;
    if (!this.#keepsSockets) for (const task of this.#tasks) task.die();
  }

  wx = {
    onAppShow: (call) => this.#onShow.push(call),
    onAppHide: (call) => this.#onHide.push(call),
    onNetworkStatusChange: (call) => this.#onNetwork.push(call),
    request: (options) => void this.#request(options),
    connectSocket: (options) => this.#connect(options),
  };

  async #request({ url, method, data, header, success, fail }) {
    this.requests++;
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    try {
      if (this.#isAsleep) throw new Error("interrupted");
      const response = await fetch(url, { method, body: data, headers: header });
      const answer = { statusCode: response.status, data: await response.text(), header: {} };
      for (const [name, value] of response.headers) answer.header[name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())] = value;
      if (this.#isAsleep) throw new Error("interrupted");
      success(this.onAnswer(answer));
    } catch (error) {
      fail({ errMsg: `request:fail ${error.message}` });
    } finally {
      this.atOnce--;
    }
  }

  #connect({ url, protocols, header, fail }) {
    this.sockets++;
    const handlers = {};
    const socket = new WebSocket(this.refusesSockets ? "ws://127.0.0.1:9" : url, protocols, { headers: header });
    const hears = () => !this.#isAsleep && !this.isDeaf;
    let isDead = false;
    socket.on("open", () => hears() && handlers.open({}));
    socket.on("message", (data) => hears() && handlers.message({ data: String(data) }));
    socket.on("error", ({ message }) => isDead || handlers.error({ errMsg: message }));
    socket.on("close", (code, reason) => {
      this.#tasks.delete(task);
      if (!isDead) handlers.close({ code, reason: String(reason) });
    });
    const task = {
      onOpen: (call) => (handlers.open = call),
      onMessage: (call) => (handlers.message = call),
      onClose: (call) => (handlers.close = call),
      onError: (call) => (handlers.error = call),
      send: ({ data, fail }) =>
        this.isDeaf || (socket.readyState === WebSocket.OPEN ? socket.send(data) : fail({ errMsg: "sendSocketMessage:fail" })),
      close: ({ code, reason }) => (socket.readyState === WebSocket.CONNECTING ? socket.terminate() : socket.close(code, reason)),
      die: () => {
        isDead = true;
        socket.terminate();
        if (this.#tellsClose()) this.#late.push(() => handlers.close({ code: 1006, reason: "interrupted" }));
      },
    };
    this.#tasks.add(task);
    return task;
  }
}
