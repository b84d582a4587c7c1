/** Where and when a bullet comment may fly so that none overtakes or covers another. */
export interface Slot {
  lane: number;
  delayMs: number;
}

const GAP_PX = 28;

export class Lanes {
  readonly #freeAt: number[];
  readonly #pxPerMs: number;
  readonly #waitMost: number;

  constructor(count: number, pxPerMs: number, waitMostMs: number) {
    this.#freeAt = Array.from({ length: count }, () => 0);
    this.#pxPerMs = pxPerMs;
    this.#waitMost = waitMostMs;
  }

  /** The lane that is free first; null when even that one is taken for too long. */
  take(now: number, widthPx: number): Slot | null {
    return this.#hold(now, (widthPx + GAP_PX) / this.#pxPerMs);
  }

  /** A lane for something that stands still for a while. */
  takeFor(now: number, ms: number): Slot | null {
    return this.#hold(now, ms);
  }

  #hold(now: number, ms: number): Slot | null {
    const lane = this.#freeAt.indexOf(Math.min(...this.#freeAt));
    const start = Math.max(now, this.#freeAt[lane]!);
    if (start - now > this.#waitMost) return null;
    this.#freeAt[lane] = start + ms;
    return { lane, delayMs: start - now };
  }
}
