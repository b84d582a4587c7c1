import { useRef, useState } from "preact/hooks";
import { newKey } from "yutang-web";
import type { Money } from "../../api/types.ts";
import { useClient } from "../../api/use-client.ts";
import { price } from "../../numbers.ts";
import { useLoad } from "../../parts/load.tsx";
import { Picture } from "../../parts/picture.tsx";
import { Notice } from "../../parts/sheet.tsx";
import { GOODS, LIVE_START } from "../api/documents.ts";
import type { OwnRoom } from "../api/types.ts";
import { useGuide } from "../gate.tsx";
import { useWords } from "../locale.ts";
import { useAct } from "../parts/act.ts";

/** So many of a product are set aside for a room at most, when nothing else is said. */
const MOST_STOCK = 20;

interface Product {
  id: string;
  name: string;
  media: { url: string }[];
  variants: { id: string; name: string; price: Money; available: number }[];
}

/** One tap: a title stands there, and what was sold last time comes along unless one says otherwise. */
export function Start({ last, onStarted }: { last: OwnRoom | null; onStarted(): Promise<void> }) {
  const words = useWords();
  const guide = useGuide();
  const [title, setTitle] = useState(() => words.liveTitleOf(guide.displayName));
  const [isLastShelf, setIsLastShelf] = useState(true);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const goods = useGoods();
  const key = useRef(newKey());
  const { busy, notice, act } = useAct();
  const start = () => {
    const shelf = goods.filter(({ id }) => chosen.includes(id)).map(({ id, price: { minor }, available }) => ({
      variantId: id,
      livePrice: { minor },
      liveStock: Math.min(available, MOST_STOCK),
    }));
    const copyShelfOf = last && isLastShelf ? last.id : null;
    return act(LIVE_START, { title: title.trim(), idempotencyKey: key.current, shelf, copyShelfOf }, async (refusal) => {
      if (refusal && !refusal.retryable) key.current = newKey();
      if (!refusal) await onStarted();
    });
  };
  const toggle = (id: string) => setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return (
    <form
      class="panel form"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <label class="field">
        <span>{words.liveTitle}</span>
        <input value={title} maxLength={60} onInput={(change) => setTitle(change.currentTarget.value)} />
      </label>
      <Notice text={notice} />
      <button class="primary" disabled={busy || !title.trim()}>
        {words.goLive}
      </button>
      {last && last.shelf.length > 0 && (
        <label class="tick">
          <input type="checkbox" checked={isLastShelf} onChange={() => setIsLastShelf(!isLastShelf)} />
          <span>{words.lastShelf(last.title, last.shelf.length)}</span>
        </label>
      )}
      <fieldset class="goods">
        <legend class="muted">{words.liveGoods}</legend>
        {goods.map((one) => (
          <label key={one.id} class="tick">
            <input type="checkbox" checked={chosen.includes(one.id)} onChange={() => toggle(one.id)} />
            <span class="thumb">
              <Picture name={one.name} url={one.pictureUrl} />
            </span>
            <span>
              {one.name}
              <small class="muted">
                {price(one.price.minor, one.price.currency)} · {words.stockOf(one.available)}
              </small>
            </span>
          </label>
        ))}
      </fieldset>
    </form>
  );
}

/** What the shop has to sell, as its first variants; none while it is not known. */
function useGoods() {
  const client = useClient();
  const found = useLoad(async () => (await client.request<{ products: { nodes: Product[] } }>(GOODS)).products.nodes, [client]);
  return (found.value ?? []).flatMap(({ name, media, variants }) => {
    const variant = variants.find(({ available }) => available > 0);
    return variant ? [{ ...variant, name, pictureUrl: media[0]?.url ?? null }] : [];
  });
}
