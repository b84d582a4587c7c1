// A shop with one room, small enough to fail in every way. The real one is met in real.test.js.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

export const DOCUMENTS = {
  room: "query Room($roomId: ID!) { liveRoom(id: $roomId) { seq epoch } }",
  events: `subscription RoomEvents($roomId: ID!, $after: Long, $epoch: String) {
    liveRoomEvents(roomId: $roomId, after: $after, epoch: $epoch) { seq } }`,
  eventsSince: `query RoomEventsSince($roomId: ID!, $after: Long!, $epoch: String) {
    liveRoomEventsSince(roomId: $roomId, after: $after, epoch: $epoch, first: 100) { events { seq } nextAfter nextPollMs resyncRequired } }`,
};
const PAGE = 3;

export class Shop {
  seq = 0;
  oldest = 1;
  epoch = "first";
  tokens = new Set();
  sockets = new Set();
  connects = [];
  /** Answers to send instead of the next ones over HTTP: [status, headers, body]. */
  answers = [];
  /** Codes to end the next subscriptions with. */
  refusals = [];
  refusesSockets = false;
  /** Takes what is sent, and says nothing any more. */
  isSilent = false;
  #http = createServer((request, response) => void this.#answer(request, response));
  #wss = new WebSocketServer({ noServer: true, handleProtocols: () => "graphql-transport-ws" });

  async open() {
    this.#http.on("upgrade", (request, socket, head) => {
      if (this.refusesSockets) socket.end("HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n\r\n");
      else this.#wss.handleUpgrade(request, socket, head, (ws) => this.#serve(ws));
    });
    await new Promise((resolve) => this.#http.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.#http.address().port}/graphql`;
    return this;
  }

  close() {
    this.cut(1001);
    for (const ws of this.sockets) ws.terminate();
    this.#http.closeAllConnections();
    this.#http.close();
  }

  happen(times = 1) {
    for (; times > 0; times--) {
      this.seq++;
      this.repeat(this.seq);
    }
  }

  repeat(seq) {
    for (const ws of this.sockets) for (const id of ws.ids ?? []) this.tell(ws, id, seq);
  }

  cut(code) {
    for (const ws of this.sockets) code === 1006 ? ws.terminate() : ws.close(code);
  }

  say(ws, message) {
    if (!this.isSilent) ws.send(JSON.stringify(message));
  }

  tell(ws, id, seq) {
    this.say(ws, { id, type: "next", payload: { data: { liveRoomEvents: { seq } } } });
  }

  #serve(ws) {
    this.sockets.add(ws);
    ws.on("close", () => this.sockets.delete(ws));
    ws.on("message", (text) => this.#take(ws, JSON.parse(text)));
  }

  #take(ws, { type, id, payload }) {
    if (type === "ping") this.say(ws, { type: "pong" });
    if (type === "complete") ws.ids.delete(id);
    if (type === "connection_init") {
      const token = payload?.token ?? null;
      this.connects.push(token);
      if (token !== null && !this.tokens.has(token)) return ws.close(4401, "Token expired");
      ws.ids = new Set();
      this.say(ws, { type: "connection_ack" });
    }
    if (type === "subscribe") this.#subscribe(ws, id, payload.variables);
  }

  #subscribe(ws, id, { after, epoch }) {
    const code = this.refusals.shift() ?? (this.#lacks(after, epoch) ? "RESYNC_REQUIRED" : null);
    if (code) return this.say(ws, { id, type: "error", payload: [{ message: "", extensions: { code } }] });
    for (let seq = after + 1; seq <= this.seq; seq++) this.tell(ws, id, seq);
    ws.ids.add(id);
  }

  #lacks(after, epoch) {
    return epoch !== this.epoch || after > this.seq || after < this.oldest - 1;
  }

  async #answer(request, response) {
    let body = "";
    for await (const part of request) body += part;
    const [status, headers, answer] = this.answers.shift() ?? this.#asked(request.headers, JSON.parse(body));
    response.writeHead(status, headers).end(typeof answer === "string" ? answer : JSON.stringify(answer));
  }

  #asked({ authorization }, { query, variables }) {
    if (authorization && !this.tokens.has(authorization.slice(7))) return [401, {}, ""];
    return [200, {}, { data: query.includes("Since") ? this.#since(variables) : { liveRoom: { seq: this.seq, epoch: this.epoch } } }];
  }

  #since({ after, epoch }) {
    if (this.#lacks(after, epoch))
      return { liveRoomEventsSince: { events: [], nextAfter: this.seq, nextPollMs: 10, resyncRequired: true } };
    const last = Math.min(after + PAGE, this.seq);
    const events = [];
    for (let seq = after + 1; seq <= last; seq++) events.push({ seq });
    const nextPollMs = events.length === PAGE ? 0 : 10;
    return { liveRoomEventsSince: { events, nextAfter: last, nextPollMs, resyncRequired: false } };
  }
}

/** What a viewer of the room got. */
export class Viewer {
  snapshots = [];
  seqs = [];
  connections = [];
  gaps = [];
  failure = null;
  last;

  snapshot = ({ seq }) => void this.snapshots.push((this.last = seq));
  event = ({ seq }) => void this.seqs.push((this.last = seq));
  connection = (connection) => void this.connections.push(connection);
  gap = (after, next) => void this.gaps.push([after, next]);
  failed = ({ code }) => (this.failure = code);

  get is() {
    return this.connections.at(-1);
  }
}

export const upTo = (last, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
