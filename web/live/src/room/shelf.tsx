import { useWords } from "../locale.ts";
import { Picture } from "../parts/picture.tsx";
import { Price } from "../parts/price.tsx";
import { Sheet } from "../parts/sheet.tsx";
import { StockBar } from "../parts/stock.tsx";
import { price } from "../numbers.ts";
import type { Item } from "./state.ts";

interface Props {
  shelf: readonly Item[];
  pinnedId: string | null;
  onBuy(item: Item): void;
  onClose(): void;
}

/** The bag (购物袋): everything that is for sale in the room. */
export function Shelf({ shelf, pinnedId, onBuy, onClose }: Props) {
  const words = useWords();
  return (
    <Sheet title={words.shelfTitle(shelf.length)} onClose={onClose}>
      <ol class="shelf">
        {shelf.map((item, index) => (
          <Row key={item.id} item={item} number={index + 1} pinned={item.id === pinnedId} onBuy={onBuy} />
        ))}
      </ol>
    </Sheet>
  );
}

interface RowProps {
  item: Item;
  number: number;
  pinned: boolean;
  onBuy(item: Item): void;
}

function Row({ item, number, pinned, onBuy }: RowProps) {
  const words = useWords();
  const gone = item.stock <= 0;
  return (
    <li class={gone ? "gone" : ""}>
      <span class="shelf-picture">
        <Picture name={item.name} url={item.imageUrl} />
        <b>{number}</b>
        {pinned && <em>{words.explaining}</em>}
      </span>
      <span class="shelf-text">
        <strong>{item.name}</strong>
        <span class="muted">{words.sold(item.sold)}</span>
        <StockBar item={item} />
        <span class="shelf-buy">
          <span>
            <Price minor={item.priceMinor} currency={item.currency} />
            {item.listPriceMinor > item.priceMinor && <s>{price(item.listPriceMinor, item.currency)}</s>}
          </span>
          <button class="primary small" disabled={gone} onClick={() => onBuy(item)}>
            {gone ? words.soldOut : words.buy}
          </button>
        </span>
      </span>
    </li>
  );
}
