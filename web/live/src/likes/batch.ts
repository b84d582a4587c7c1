/** As many taps as the shop takes at once. */
export const TAPS_MOST = 50;

/** Taps on their way to the shop: kept together for a second or two, and shown at once. */
export class LikeBatch {
  #waiting = 0;
  #sending = 0;
  #shown = 0;

  tap(): void {
    this.#waiting++;
  }

  /** Taps to send now; 0 while others are on their way. */
  take(): number {
    if (this.#sending) return 0;
    this.#sending = Math.min(this.#waiting, TAPS_MOST);
    this.#waiting -= this.#sending;
    return this.#sending;
  }

  /** What was taken arrived. */
  sent(): void {
    this.#sending = 0;
  }

  /** It was refused, as too many or too late: forget it, and believe the shop. */
  refused(): void {
    this.#sending = this.#waiting = this.#shown = 0;
  }

  /** The sum to show. It does not fall while the shop, which tells it every few seconds, has yet to tell of our taps. */
  sum(told: number): number {
    this.#shown = Math.max(this.#shown, told + this.#waiting + this.#sending);
    return this.#shown;
  }
}
