"""Short ways to place orders, to pay them and to pay them back."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import resolvers.payment_checks
import resolvers.refund_sending
from domain.catalogue import Variant
from domain.identity import Principal, Role
from domain.money import Money
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member, staff
from tests.pond import Pond

PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id lines { id } } userErrors { code path } } }"""
PAY = """mutation ($input: OrderPayInput!) { orderPay(input: $input) {
  payment { id state method confirmUrl codeUrl jsapi { package } amount { minor } }
  order { state paid { minor } } replayed userErrors { code path ... on AmountExceeded { left { minor } } } } }"""
CANCEL = "mutation ($id: ID!) { orderCancel(input: { orderId: $id }) { userErrors { code } } }"
REFUND = """mutation ($input: OrderRefundInput!) { orderRefund(input: $input) {
  order { state refunded { minor } } refunds { id amount { minor } state paymentId } replayed
  userErrors { code path ... on AmountExceeded { left { minor } }
    ... on AmountTooLow { least { minor } } } } }"""
MONEY = """query ($id: ID!) { order(id: $id) { state total { minor } paid { minor } refunded { minor }
  payments { id state amount { minor } refunded { minor } }
  refunds { id paymentId state amount { minor } reason } } }"""


async def an_order(pond: Pond, who: Principal, *lines: tuple[Variant, int]) -> tuple[str, list[str]]:
    """A placed order, and its lines."""
    wanted = [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": many} for variant, many in lines]
    data = await pond.ask(PLACE, who, input={"lines": wanted, "idempotencyKey": uuid4().hex})
    assert data["orderPlace"]["userErrors"] == [], data
    order = data["orderPlace"]["order"]
    return str(order["id"]), [line["id"] for line in order["lines"]]


async def an_order_of(pond: Pond, fen: int, who: Principal | None = None) -> tuple[str, Principal]:
    """An order of one unit at this price, and its member."""
    member = who or await a_member(pond)
    variant = await a_variant(pond, price=Money(fen))
    return (await an_order(pond, member, (variant, 1)))[0], member


async def pay(pond: Pond, who: Principal, order_id: str, **more: Any) -> Any:
    """The answer to `orderPay`; amounts are in fen."""
    wanted = {"orderId": order_id, "idempotencyKey": uuid4().hex, **more}
    if isinstance(wanted.get("amount"), int):
        wanted["amount"] = {"minor": wanted["amount"]}
    return (await pond.ask(PAY, who, input=wanted))["orderPay"]


async def begun(pond: Pond, who: Principal, order_id: str, **more: Any) -> Any:
    """A payment that waits for its payer."""
    payload = await pay(pond, who, order_id, **more)
    assert payload["userErrors"] == [], payload
    return payload["payment"]


async def confirm(pond: Pond, payment: Any) -> None:
    """The payer says yes in the sandbox, which tells us as the test has it."""
    answer = await pond.standins.post(payment["confirmUrl"])
    assert answer.is_success
    await pond.bank.all_told()


async def a_paid_order(pond: Pond, who: Principal, *lines: tuple[Variant, int]) -> tuple[str, list[str]]:
    order_id, line_ids = await an_order(pond, who, *lines)
    await confirm(pond, await begun(pond, who, order_id))
    return order_id, line_ids


async def refund(pond: Pond, order_id: str, *, by: Principal | None = None, **more: Any) -> Any:
    """The answer to `orderRefund` of somebody of the brand's finance; `lines` are pairs, amounts are in fen."""
    wanted: dict[str, Any] = {"orderId": order_id, "reason": "不想要了", "idempotencyKey": uuid4().hex, **more}
    wanted["lines"] = [{"orderLineId": line, "quantity": many} for line, many in more.get("lines", ())]
    if isinstance(wanted.get("amount"), int):
        wanted["amount"] = {"minor": wanted["amount"]}
    return (await pond.ask(REFUND, by or await staff(pond, Role.FINANCE), input=wanted))["orderRefund"]


async def send_refunds(pond: Pond) -> None:
    """Let the job ask for all refunds that are due, and the provider tell."""
    while await resolvers.refund_sending.send_due(pond.context()):
        pass
    await pond.bank.all_told()


async def check_payments(pond: Pond) -> None:
    """Let the job ask about all payments that are due."""
    while await resolvers.payment_checks.check_due(pond.context()):
        pass


async def money_of(pond: Pond, who: Principal, order_id: str) -> Any:
    """What the order's member sees of its money."""
    return (await pond.ask(MONEY, who, id=order_id))["order"]


async def ledger_of(pond: Pond) -> dict[str, int]:
    """What the postings of each account of the brand and of providers add up to."""
    rows = await pond.select(
        """SELECT account, sum(amount)::bigint FROM (
             SELECT source AS account, -amount_minor AS amount FROM ledger_posting
             UNION ALL SELECT destination, amount_minor FROM ledger_posting) moved
           GROUP BY account HAVING sum(amount) <> 0"""
    )
    return dict(rows)
