import { useState } from "preact/hooks";
import { addressText } from "../../addresses/fields.tsx";
import { useClient } from "../../api/use-client.ts";
import { useMembership } from "../../member/gate.tsx";
import { useEvery, useLoad } from "../../parts/load.tsx";
import { Sheet } from "../../parts/sheet.tsx";
import { when } from "../../parts/when.ts";
import { ORDER } from "../api/documents.ts";
import type { Order } from "../api/types.ts";
import { Explained, lineOfOrder, WholeExplained, wholeOfOrder } from "../checkout/explained.tsx";
import { useWords } from "../locale.ts";
import { Link } from "../navigation.tsx";
import { Faces } from "../parts/faces.tsx";
import { Shown } from "../parts/load.tsx";
import { Apply } from "./apply.tsx";
import { Claims } from "./claims.tsx";
import { Deeds } from "./deeds.tsx";
import { stateText } from "./list.tsx";
import { Packages, Payments } from "./money.tsx";
import { Reviewing } from "./reviewing.tsx";

const REFRESH_MS = 3_000;

interface Props {
  orderId: string;
  isToBePaid: boolean;
}

export function OrderPage({ orderId, isToBePaid }: Props) {
  const client = useClient();
  const { me } = useMembership();
  const order = useLoad(async () => (await client.request<{ order: Order | null }>(ORDER, { id: orderId })).order, [orderId, me?.id]);
  useEvery(REFRESH_MS, order.value != null && isMoving(order.value), () => void order.reload());
  return <Shown of={order}>{(found) => <Whole order={found} isToBePaid={isToBePaid} onChange={order.reload} />}</Shown>;
}

/** Others act on it: a provider, the brand, or those of its group. */
function isMoving({ state, hold, refunds, afterSales }: Order): boolean {
  const isRefunding = refunds.some((one) => !["SUCCEEDED", "FAILED"].includes(one.state));
  const isClaimed = afterSales.some((one) => ["APPLIED", "RETURNING", "REFUNDING"].includes(one.state));
  return isRefunding || isClaimed || hold !== null || state === "REFUNDING";
}

interface WholeProps {
  order: Order;
  isToBePaid: boolean;
  onChange(): Promise<void>;
}

function Whole({ order, isToBePaid, onChange }: WholeProps) {
  const words = useWords();
  const [applying, setApplying] = useState(false);
  return (
    <div class="columns">
      <section>
        <header class="order-state" data-state={order.state}>
          <h1>{stateText(order, words)}</h1>
          <small class="muted">{words.number(order.number)}</small>
        </header>
        {order.buyingGroup && (
          <Link to={{ at: "group", id: order.buyingGroup.id }} class="panel group-strip">
            <Faces group={order.buyingGroup} />
            <span>
              <strong>{words.groupState[order.buyingGroup.state]}</strong>
              {order.buyingGroup.state === "FORMING" && <small class="muted">{words.missing(order.buyingGroup.seatsLeft)}</small>}
            </span>
          </Link>
        )}
        <Claims order={order} onChange={onChange} />
        <Packages order={order} />
        <div class="panel">
          <h2>{words.goodsTitle}</h2>
          {order.lines.map((line) => (
            <Explained key={line.id} line={lineOfOrder(line, words)} />
          ))}
          {(order.state === "RECEIVED" || order.state === "COMPLETED") && <Reviewing order={order} />}
        </div>
        <Where order={order} />
      </section>
      <aside class="panel summary">
        <WholeExplained whole={wholeOfOrder(order)} />
        <Payments order={order} />
        <Deeds order={order} isToBePaid={isToBePaid} onChange={onChange} onApply={() => setApplying(true)} />
      </aside>
      {applying && (
        <Sheet title={words.afterSaleApply} onClose={() => setApplying(false)}>
          <Apply order={order} onApplied={() => onChange().then(() => setApplying(false))} />
        </Sheet>
      )}
    </div>
  );
}

function Where({ order }: { order: Order }) {
  const words = useWords();
  const moments = [
    [words.placedAt, order.placedAt],
    [words.paidAt, order.paidAt],
    [words.shippedAt, order.shippedAt],
    [words.receivedAt, order.receivedAt],
  ] as const;
  const { address } = order;
  return (
    <div class="panel">
      <h2>{order.delivery === "PICK_UP" ? words.pickUp : words.ship}</h2>
      {address && (
        <p>
          <strong>{address.name}</strong> {address.phone}
          <small class="muted block">{addressText(address)}</small>
        </p>
      )}
      {order.note && <p class="muted">{order.note}</p>}
      <ol class="moments">
        {moments.map(([name, at]) => at && (
          <li key={name}>
            <span class="muted">{name}</span> {when(at, words.lang)}
          </li>
        ))}
      </ol>
    </div>
  );
}
