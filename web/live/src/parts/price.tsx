import { priceParts } from "../numbers.ts";

export function Price({ minor, currency }: { minor: number; currency: string }) {
  const { symbol, whole, fraction } = priceParts(minor, currency);
  return (
    <span class="price">
      <small>{symbol}</small>
      {whole}
      {fraction && <small>{fraction}</small>}
    </span>
  );
}
