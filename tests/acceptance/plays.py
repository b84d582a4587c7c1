"""What the scenarios of plays share: buyers over HTTP, their payments, and a clock that runs ahead for the jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import resolvers.orders
from resolvers.context import Context
from schema.ids import Kind, id_of
from tests.deployments import Shop

PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id hold buyingGroup { id } } userErrors { code } } }"""
PAY = """mutation ($input: OrderPayInput!) { orderPay(input: $input) {
  payment { id confirmUrl } userErrors { code } } }"""
ORDER = """query ($id: ID!) { order(id: $id) { state hold paid { minor } refunded { minor }
  lines { unitPrice { minor } } } }"""
AVAILABLE = "query ($id: ID!) { node(id: $id) { ... on Variant { available } } }"


async def places(shop: Shop, token: str, variant_id: UUID, play: dict[str, str]) -> dict[str, Any]:
    """The answer to an attempt to buy one unit by a play."""
    lines = [{"variantId": id_of(Kind.VARIANT, variant_id), "quantity": 1}]
    wanted = {"lines": lines, "play": play, "idempotencyKey": uuid4().hex}
    answer: dict[str, Any] = (await shop.ask(PLACE, token, input=wanted))["orderPlace"]
    return answer


async def confirm_url(shop: Shop, token: str, order_id: str) -> str:
    """Where the payer says yes."""
    wanted = {"orderId": order_id, "idempotencyKey": uuid4().hex, "method": "WECHAT_H5"}
    answer = (await shop.ask(PAY, token, input=wanted))["orderPay"]
    assert answer["userErrors"] == []
    return str(answer["payment"]["confirmUrl"])


async def pays(shop: Shop, token: str, order_id: str) -> None:
    """Pay an order, and let the shop hear of it."""
    assert (await shop.client.post(await confirm_url(shop, token, order_id))).is_success
    await shop.gateways.wechat_pay.all_told()


async def order_of(shop: Shop, token: str, order_id: str) -> Any:
    return (await shop.ask(ORDER, token, id=order_id))["order"]


async def available(shop: Shop, variant_id: UUID) -> int:
    """How many the shop can sell."""
    return int((await shop.ask(AVAILABLE, id=id_of(Kind.VARIANT, variant_id)))["node"]["available"])


def ahead(shop: Shop, **by: float) -> Context:
    """For a job that runs so much later."""
    then = datetime.now(UTC) + timedelta(**by)
    return replace(shop.pond.context(), now=lambda: then)


async def unpaid_orders_are_given_up(ctx: Context) -> None:
    while await resolvers.orders.cancel_overdue(ctx):
        pass


def running(**by: float) -> dict[str, datetime]:
    """From an hour ago until so much from now."""
    now = datetime.now(UTC)
    return {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(**by)}
