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
  stayAwayMs: { [code: number]: readonly [least: number, spread: number] };
}

export const TIMINGS: Timings = {
  pingEveryMs: 25_000,
  pongWithinMs: 10_000,
  openWithinMs: 10_000,
  standsAfterMs: 5_000,
  asleepAfterMs: 5_000,
  lingerMs: 3_000,
  retryFirstMs: 500,
  retryMostMs: 30_000,
  fallBackAfter: 3,
  pollLeastMs: 500,
  pollMostMs: 30_000,
  stayAwayMs: {
    1008: [10_000, 10_000], // too many messages
    1012: [0, 5_000], // restart: another process takes over
    1013: [1_000, 5_000], // overloaded
    4008: [500, 1_000], // too slow a reader: what was missed is replayed
    4429: [10_000, 10_000], // too many attempts
  },
};

/** Doubling, with up to half of it taken off at random so that a room's viewers do not return at once. */
export function backoffMs(failures: number, timings: Timings): number {
  const ceiling = Math.min(timings.retryFirstMs * Math.pow(2, failures), timings.retryMostMs);
  return ceiling * (0.5 + Math.random() / 2);
}

/** Waits that end early when the viewer or the network comes back. */
export class Naps {
  private readonly wakers = new Set<() => void>();

  nap(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wakers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.wakers.add(done);
    });
  }

  wake(): void {
    for (const done of Array.from(this.wakers)) done();
  }
}
