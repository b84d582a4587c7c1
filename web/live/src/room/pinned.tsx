import { useWords } from "../locale.ts";
import { Picture } from "../parts/picture.tsx";
import { Price } from "../parts/price.tsx";
import { StockBar } from "../parts/stock.tsx";
import type { Item } from "./state.ts";

/** The product that the host is explaining, with the stock that is left this moment. */
export function Pinned({ item, onBuy }: { item: Item; onBuy(): void }) {
  const words = useWords();
  const gone = item.stock <= 0;
  return (
    <button class={gone ? "pinned gone" : "pinned"} onClick={onBuy} aria-label={`${words.explaining} ${item.name}`}>
      <span class="pinned-picture">
        <Picture key={item.id} name={item.name} url={item.imageUrl} />
        <span class="explaining">
          <i />
          <i />
          <i />
          {words.explaining}
        </span>
        {gone && <span class="stamp">{words.soldOut}</span>}
      </span>
      <span class="pinned-name">{item.name}</span>
      <StockBar item={item} />
      <span class="pinned-buy">
        <Price minor={item.priceMinor} currency={item.currency} />
        <em>{gone ? words.soldOut : words.buy}</em>
      </span>
    </button>
  );
}
