"""Short ways to have orders received and reviewed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from domain.catalogue import Variant
from domain.identity import Principal, Role
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member, staff
from tests.makers_payments import a_paid_order
from tests.pond import Pond

SEND = """mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) {
  shipment { id } order { state } userErrors { code path } } }"""
RECEIVE = "mutation ($id: ID!) { orderReceive(input: { orderId: $id }) { order { state } userErrors { code } } }"
REVIEW = """mutation ($input: ReviewAddInput!) { reviewAdd(input: $input) {
  review { id stars text pictures state author { nickname } } warnings { code } userErrors { code path } } }"""


async def sent(pond: Pond, order_id: str, *packed: tuple[str, int], by: Principal | None = None) -> Any:
    """Let everything of a paid order leave, or so many units of lines."""
    lines = [{"orderLineId": line, "quantity": many} for line, many in packed] or None
    wanted = {"orderId": order_id, "carrier": "顺丰", "trackingNumber": "SF1", "idempotencyKey": uuid4().hex}
    answer = await pond.ask(SEND, by or await staff(pond, Role.OPERATOR), input=wanted | {"lines": lines})
    assert answer["shipmentCreate"]["userErrors"] == [], answer
    return answer["shipmentCreate"]["order"]


async def received(pond: Pond, who: Principal, *lines: tuple[Variant, int]) -> tuple[str, list[str]]:
    """An order that its buyer has, and its lines."""
    order_id, line_ids = await a_paid_order(pond, who, *lines)
    await sent(pond, order_id)
    answer = await pond.ask(RECEIVE, who, id=order_id)
    assert answer["orderReceive"]["userErrors"] == [], answer
    return order_id, line_ids


async def a_received_line(pond: Pond, variant: Variant | None = None) -> tuple[str, Principal]:
    """A line that a new member received, and the member."""
    member = await a_member(pond)
    _, (line,) = await received(pond, member, (variant or await a_variant(pond), 1))
    return line, member


async def reviewed(pond: Pond, who: Principal, line_id: str, stars: int = 5, text: str = "很好", **more: Any) -> Any:
    """The answer to `reviewAdd`."""
    wanted = {"orderLineId": line_id, "stars": stars, "text": text, **more}
    return (await pond.ask(REVIEW, who, input=wanted))["reviewAdd"]
