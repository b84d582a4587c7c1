/** The shop's time on a phone whose clock is wrong: the smallest lag of an event is the difference of the two clocks. */
export class ShopClock {
  #lagMs = Infinity;

  /** Told with each event as it comes; one that was missed and comes late lags more, and changes nothing. */
  hear(at: string, nowMs: number): void {
    this.#lagMs = Math.min(this.#lagMs, nowMs - Date.parse(at));
  }

  /** Now, in ms since 1970, by the shop's clock. */
  at(nowMs: number): number {
    return Number.isFinite(this.#lagMs) ? nowMs - this.#lagMs : nowMs;
  }
}

export const shopClock = new ShopClock();

export function shopNow(): number {
  return shopClock.at(Date.now());
}
