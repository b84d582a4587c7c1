import { useEffect, useRef, useState } from "preact/hooks";
import { newKey } from "yutang-web";
import type { Payment, UserError } from "../../api/types.ts";
import { useClient } from "../../api/use-client.ts";
import { useAttempt } from "../../parts/attempt.ts";
import { Notice, Sheet } from "../../parts/sheet.tsx";
import { pay } from "../../purchase/checkout.ts";
import { Pay } from "../../purchase/pay.tsx";
import { refusalText } from "../../refusals.ts";
import { GROUP_LEAVE, ORDER_CANCEL, ORDER_RECEIVE } from "../api/documents.ts";
import type { Order } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { Countdown } from "../parts/countdown.tsx";

interface Props {
  order: Order;
  isToBePaid: boolean;
  onChange(): Promise<void>;
  onApply(): void;
}

/** What the buyer can do now, by where the order stands. */
export function Deeds({ order, isToBePaid, onChange, onApply }: Props) {
  const words = useWords();
  const client = useClient();
  const { busy, notice, run } = useAttempt();
  const act = (document: string, input: object) =>
    void run(async () => {
      const { told } = await client.request<{ told: { userErrors: UserError[] } }>(document, { input });
      await onChange();
      return told.userErrors[0] ? refusalText(told.userErrors[0], words) : "";
    });

  const isGrouped = order.buyingGroup?.state === "FORMING" && order.state === "PAID";
  const mayClaim = ["PAID", "SHIPPED", "RECEIVED"].includes(order.state) && order.hold === null;
  return (
    <div class="deeds">
      {order.state === "PLACED" && <PayNow order={order} isToBePaid={isToBePaid} onPaid={onChange} />}
      {notice && <Notice text={notice} />}
      {order.state === "PLACED" && (
        <button class="text-button" disabled={busy} onClick={() => act(ORDER_CANCEL, { orderId: order.id })}>
          {words.cancelOrder}
        </button>
      )}
      {order.state === "SHIPPED" && (
        <button class="primary" disabled={busy} onClick={() => act(ORDER_RECEIVE, { orderId: order.id })}>
          {words.receive}
        </button>
      )}
      {mayClaim && (
        <button class="secondary" onClick={onApply}>
          {words.afterSaleApply}
        </button>
      )}
      {isGrouped && <Leave groupId={order.buyingGroup!.id} busy={busy} onLeave={(input) => act(GROUP_LEAVE, input)} />}
    </div>
  );
}

interface PayNowProps {
  order: Order;
  isToBePaid: boolean;
  onPaid(): Promise<void>;
}

/** Straight after ordering the payment sheet opens by itself. */
function PayNow({ order, isToBePaid, onPaid }: PayNowProps) {
  const words = useWords();
  const client = useClient();
  const [payment, setPayment] = useState<Payment | null>(null);
  const key = useRef(newKey());
  const { busy, notice, run } = useAttempt();

  const begin = () =>
    run(async () => {
      const begun = await pay(client, order.id, key.current);
      if ("refusal" in begun) {
        if (!begun.refusal.retryable) key.current = newKey();
        return refusalText(begun.refusal, words);
      }
      if (begun.value) setPayment(begun.value);
      else await onPaid();
      return "";
    });

  useEffect(() => {
    if (isToBePaid) void begin();
  }, []);

  return (
    <>
      <p class="muted">
        {words.payWithin} <Countdown endsAt={order.payBefore} onTurn={() => void onPaid()} />
      </p>
      {notice && <Notice text={notice} />}
      <button class="primary" disabled={busy} onClick={() => void begin()}>
        {words.payGo}
      </button>
      {payment && (
        <Sheet title={words.pay} onClose={() => setPayment(null)}>
          <Pay orderId={order.id} payment={payment} payee={words.shop} client={client} onPaid={() => void onPaid()} />
        </Sheet>
      )}
    </>
  );
}

interface LeaveProps {
  groupId: string;
  busy: boolean;
  onLeave(input: { buyingGroupId: string; idempotencyKey: string }): void;
}

function Leave({ groupId, busy, onLeave }: LeaveProps) {
  const words = useWords();
  const [asked, setAsked] = useState(false);
  const key = useRef(newKey());
  if (!asked)
    return (
      <button class="text-button" onClick={() => setAsked(true)}>
        {words.leave}
      </button>
    );
  return (
    <p class="really" role="alert">
      {words.leaveNote}
      <span>
        <button class="quiet" disabled={busy} onClick={() => onLeave({ buyingGroupId: groupId, idempotencyKey: key.current })}>
          {words.leaveYes}
        </button>
        <button class="text-button" onClick={() => setAsked(false)}>
          {words.keep}
        </button>
      </span>
    </p>
  );
}
