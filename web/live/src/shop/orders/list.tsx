import { useState } from "preact/hooks";
import { useClient } from "../../api/use-client.ts";
import { Amount } from "../../parts/amount.tsx";
import { useAttempt } from "../../parts/attempt.ts";
import { useLoad } from "../../parts/load.tsx";
import { Picture } from "../../parts/picture.tsx";
import { Notice } from "../../parts/sheet.tsx";
import { when } from "../../parts/when.ts";
import { HOME } from "../address.ts";
import { ORDERS } from "../api/documents.ts";
import type { OrderSummary } from "../api/types.ts";
import { useWords, type Words } from "../locale.ts";
import { Link } from "../navigation.tsx";
import { Shown } from "../parts/load.tsx";

interface OrderPart {
  nodes: OrderSummary[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export function OrderList() {
  const words = useWords();
  const client = useClient();
  const [older, setOlder] = useState<OrderPart[]>([]);
  const { busy, notice, run } = useAttempt();
  const ask = async (after: string | null) => (await client.request<{ myOrders: OrderPart }>(ORDERS, { after })).myOrders;
  const first = useLoad(() => ask(null), [client]);
  const last = older.at(-1) ?? first.value;
  const next = () =>
    run(async () => {
      const part = await ask(last?.pageInfo.endCursor ?? null);
      setOlder([...older, part]);
      return "";
    });
  return (
    <>
      <h1>{words.orders}</h1>
      <Shown of={first}>
        {(part) => (
          <ul class="order-list">
            {[part, ...older].flatMap(({ nodes }) => nodes.map((order) => <Summary key={order.id} order={order} />))}
            {part.nodes.length === 0 && (
              <li class="nothing">
                {words.ordersNone}
                <Link to={HOME} class="quiet">
                  {words.lookAround}
                </Link>
              </li>
            )}
          </ul>
        )}
      </Shown>
      {notice && <Notice text={notice} />}
      {last?.pageInfo.hasNextPage && (
        <button class="quiet" disabled={busy} onClick={() => void next()}>
          {words.nextPage}
        </button>
      )}
    </>
  );
}

function Summary({ order }: { order: OrderSummary }) {
  const words = useWords();
  const many = order.lines.reduce((total, { quantity }) => total + quantity, 0);
  return (
    <li>
      <Link to={{ at: "order", id: order.id, isToBePaid: false }} class="panel order-summary">
        <span class="order-head">
          <small class="muted">{when(order.placedAt, words.lang)}</small>
          <em class={`state ${order.state}`}>{stateText(order, words)}</em>
        </span>
        <span class="order-pictures">
          {order.lines.slice(0, 4).map((line) => (
            <span key={line.id} class="thumb">
              <Picture name={line.name} url={line.pictureUrl} />
            </span>
          ))}
          <strong>{order.lines[0]?.name}</strong>
        </span>
        <span class="order-head">
          <small class="muted">{words.itemsOf(many)}</small>
          <Amount of={order.total} />
        </span>
      </Link>
    </li>
  );
}

export function stateText({ state, hold }: { state: string; hold: string | null }, words: Words): string {
  return (hold && state === "PAID" && words.hold[hold]) || (words.state[state] ?? state);
}
