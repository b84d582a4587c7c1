import type { SocketTask, Wx } from "./wx.ts";

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;

/** What graphql-ws asks of a socket. */
export interface SocketLike {
  readonly readyState: number;
  onopen: ((event: object) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: { message: string }) => void) | null;
  onclose: ((event: { code: number; reason: string; wasClean: boolean }) => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

export interface SocketClass {
  new (url: string, protocols?: string | string[]): SocketLike;
  readonly CONNECTING: number;
  readonly OPEN: number;
  readonly CLOSING: number;
  readonly CLOSED: number;
}

/** A class over `wx.connectSocket` that looks like the browser's `WebSocket` to graphql-ws: text frames, protocols, close codes. */
export function wxSocket(wx: Wx, header: Record<string, string> = {}): SocketClass {
  return class WxSocket implements SocketLike {
    static readonly CONNECTING = CONNECTING;
    static readonly OPEN = OPEN;
    static readonly CLOSING = 2;
    static readonly CLOSED = CLOSED;
    readyState = CONNECTING;
    onopen: SocketLike["onopen"] = null;
    onmessage: SocketLike["onmessage"] = null;
    onerror: SocketLike["onerror"] = null;
    onclose: SocketLike["onclose"] = null;
    private task: SocketTask | null = null;

    constructor(url: string, protocols: string | string[] = []) {
      const fail = (why: { errMsg: string }) => setTimeout(() => this.break(why.errMsg), 0);
      try {
        this.task =
          wx.connectSocket({ url, protocols: ([] as string[]).concat(protocols), header, tcpNoDelay: true, fail }) || null;
        if (this.task) this.hear(this.task);
        else fail({ errMsg: "connectSocket:fail" });
      } catch (error) {
        fail({ errMsg: String(error) });
      }
    }

    send(data: string): void {
      if (this.readyState === OPEN && this.task) this.task.send({ data, fail: (why) => this.break(why.errMsg) });
    }

    /** `onClose` may never come: whoever closes is told so at once, and hears nothing after it. */
    close(code = 1000, reason = ""): void {
      if (this.readyState >= WxSocket.CLOSING) return;
      this.readyState = WxSocket.CLOSING;
      if (this.task) this.task.close({ code, reason, fail: () => {} });
      setTimeout(() => this.end(code, reason), 0);
    }

    private hear(task: SocketTask): void {
      task.onOpen(() => {
        if (this.readyState !== CONNECTING) return task.close({ code: 1000, reason: "", fail: () => {} });
        this.readyState = OPEN;
        if (this.onopen) this.onopen({});
      });
      task.onMessage(({ data }) => {
        if (this.readyState === OPEN && this.onmessage) this.onmessage({ data });
      });
      task.onClose(({ code, reason }) => this.end(code || 1006, reason || ""));
      task.onError(({ errMsg }) => this.break(errMsg));
    }

    /** An error is the end, whether or not a close follows. */
    private break(message: string): void {
      if (this.readyState === CLOSED) return;
      if (this.task) this.task.close({ code: 1000, reason: "", fail: () => {} });
      this.end(1006, message);
    }

    private end(code: number, reason: string): void {
      if (this.readyState === CLOSED) return;
      this.readyState = CLOSED;
      if (this.onclose) this.onclose({ code, reason, wasClean: code !== 1006 });
    }
  };
}
