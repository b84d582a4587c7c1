"""C9: a gift card that pays another order a moment before leaves this one unpaid, and its balance whole."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from domain.money import Money
from schema.ids import Kind, id_of
from tests.deployments import Shop
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member
from tests.makers_value import a_gift_card

PLACE = """mutation ($v: ID!, $k: String!) { orderPlace(input: {lines: [{variantId: $v, quantity: 1}], idempotencyKey: $k}) {
  order { id } userErrors { code } } }"""
PAY = """mutation ($input: OrderPayInput!) { orderPay(input: $input) { payment { state } userErrors { code } } }"""
SEEN = "query ($a: ID!, $b: ID!) { a: order(id: $a) { state } b: order(id: $b) { state } me { giftCards { balance { minor } } } }"


async def test_a_card_that_went_to_another_order_leaves_this_one_unpaid(shop: Shop) -> None:
    member = await a_member(shop.pond)
    token, variant = await shop.a_token(member), await a_variant(shop.pond, price=Money(80_00))
    card = id_of(Kind.GIFT_CARD, await a_gift_card(shop.pond, member, 100_00))

    async def placed() -> str:
        data = await shop.ask(PLACE, token, v=id_of(Kind.VARIANT, variant.id), k=uuid4().hex)
        return str(data["orderPlace"]["order"]["id"])

    async def pay(order_id: str) -> Any:
        wanted = {"orderId": order_id, "method": "GIFT_CARD", "giftCardId": card, "idempotencyKey": uuid4().hex}
        return (await shop.ask(PAY, token, input=wanted))["orderPay"]

    one, other = await placed(), await placed()
    answers = await asyncio.gather(*(pay(order_id) for order_id in (one, other) * 4))

    seen = await shop.ask(SEEN, token, a=one, b=other)
    assert sorted((seen["a"]["state"], seen["b"]["state"])) == ["PAID", "PLACED"]
    assert seen["me"]["giftCards"] == [{"balance": {"minor": 20_00}}]
    codes = {error["code"] for answer in answers for error in answer["userErrors"]}
    assert codes == {"INSUFFICIENT_BALANCE", "INVALID_STATE"}
