import { useWords } from "../locale.ts";
import type { Item } from "../room/state.ts";

const FEW = 20;

/** What is left: a bar that falls and a number that ticks. */
export function StockBar({ item }: { item: Item }) {
  const words = useWords();
  const ratio = item.stock / Math.max(1, item.stock + item.sold);
  const text = item.stock <= 0 ? words.soldOut : item.stock <= FEW ? words.left(item.stock) : words.stock(item.stock);
  return (
    <span class="stock" data-stock={item.stock}>
      <span class="stock-bar">
        <i style={{ transform: `scaleX(${ratio})` }} />
      </span>
      <span key={item.stock} class="stock-text">
        {text}
      </span>
    </span>
  );
}
