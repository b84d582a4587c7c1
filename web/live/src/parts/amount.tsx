import type { Money } from "../api/types.ts";
import { exact } from "../numbers.ts";

/** An amount to the fen, as the shop said it or as the sum of such. */
export function Amount({ of: { minor, currency } }: { of: Money }) {
  return <span class="amount">{exact(minor, currency)}</span>;
}

export function times(money: Money, factor: number): Money {
  return { ...money, minor: money.minor * factor };
}

export function sum(amounts: readonly Money[], currency = "CNY"): Money {
  return { minor: amounts.reduce((total, { minor }) => total + minor, 0), currency: amounts[0]?.currency ?? currency };
}
