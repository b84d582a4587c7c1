import type { Wx } from "./wx.js";
/** What graphql-ws asks of a socket. */
export interface SocketLike {
    readonly readyState: number;
    onopen: ((event: object) => void) | null;
    onmessage: ((event: {
        data: unknown;
    }) => void) | null;
    onerror: ((event: {
        message: string;
    }) => void) | null;
    onclose: ((event: {
        code: number;
        reason: string;
        wasClean: boolean;
    }) => void) | null;
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
export declare function wxSocket(wx: Wx, header?: Record<string, string>): SocketClass;
