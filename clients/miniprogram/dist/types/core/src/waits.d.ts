export interface Timings {
    /** How often a socket is asked for a sign of life; proxies cut one that is silent for 60 s. */
    pingEveryMs: number;
    /** Within how long something must come after that, or the socket is dead, whatever it says. */
    pongWithinMs: number;
    /** Within how long a socket must be open and acknowledged. */
    openWithinMs: number;
    /** A socket that lasted so long was no failure. */
    standsAfterMs: number;
    /** How long after it went to the background a client is cut off. */
    asleepAfterMs: number;
    /** How long a socket stays open that nobody uses, for the next room. */
    lingerMs: number;
    retryFirstMs: number;
    retryMostMs: number;
    /** After so many failures in a row of a socket, rooms are followed over HTTP until there is one again. */
    fallBackAfter: number;
    pollLeastMs: number;
    pollMostMs: number;
    /** By the server's close code: how long to stay away at least, and over how long those who were closed together spread. */
    stayAwayMs: {
        [code: number]: readonly [least: number, spread: number];
    };
}
export declare const TIMINGS: Timings;
/** Doubling, with up to half of it taken off at random so that a room's viewers do not return at once. */
export declare function backoffMs(failures: number, timings: Timings): number;
/** Waits that end early when the viewer or the network comes back. */
export declare class Naps {
    private readonly wakers;
    nap(ms: number): Promise<void>;
    wake(): void;
}
