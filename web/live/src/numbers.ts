const SYMBOLS: Record<string, string> = { CNY: "¥" };

/** Split so that the parts can be set in different sizes. Integers only: money never becomes a float. */
export function priceParts(minor: number, currency: string): { symbol: string; whole: string; fraction: string } {
  const fen = minor % 100;
  const whole = String((minor - fen) / 100);
  return {
    symbol: SYMBOLS[currency] ?? currency,
    whole,
    fraction: fen === 0 ? "" : `.${String(fen).padStart(2, "0")}`,
  };
}

export function price(minor: number, currency: string): string {
  const { symbol, whole, fraction } = priceParts(minor, currency);
  return symbol + whole + fraction;
}

/** With sign and fen, so that a column of amounts adds up by eye: −¥12.30. */
export function exact(minor: number, currency: string): string {
  const size = Math.abs(minor);
  const { symbol, whole } = priceParts(size, currency);
  return `${minor < 0 ? "−" : ""}${symbol}${whole}.${String(size % 100).padStart(2, "0")}`;
}

/** 12840 as 1.2万 or 12.8K. */
export function short(count: number, lang: string): string {
  if (lang.startsWith("zh")) return count < 10_000 ? String(count) : `${cut(count / 10_000)}万`;
  return count < 1_000 ? String(count) : `${cut(count / 1_000)}K`;
}

function cut(value: number): string {
  return (Math.floor(value * 10) / 10).toFixed(1).replace(/\.0$/, "");
}
