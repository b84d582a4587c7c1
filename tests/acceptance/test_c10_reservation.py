"""C10: what one buyer was promised another cannot have; the promise ends with its time, or with the payment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import db.stock
import resolvers.orders
from domain.catalogue import Variant
from domain.money import Money
from domain.stock import StockLevel
from tests.deployments import Shop
from tests.makers_catalogue import a_variant
from tests.schema.test_orders import PAY, PLACE, line


async def buy(shop: Shop, token: str, variant: Variant, quantity: int) -> Any:
    wanted = {"lines": [line(variant, quantity)], "idempotencyKey": uuid4().hex}
    return (await shop.ask(PLACE, token, input=wanted))["orderPlace"]


async def level_of(shop: Shop, variant: Variant) -> StockLevel:
    return (await db.stock.levels_of(shop.pond.database.reading(), [variant.id]))[variant.id]


async def test_a_promise_blocks_others_until_it_is_kept_or_over(shop: Shop) -> None:
    tea, mei, lin = await a_variant(shop.pond, price=Money(0), stock=3), await shop.a_token(), await shop.a_token()

    kept = (await buy(shop, mei, tea, 2))["order"]["id"]
    blocked = await buy(shop, lin, tea, 2)
    over = (await buy(shop, lin, tea, 1))["order"]["id"]
    own = (await shop.ask(PAY, mei, input={"orderId": kept, "idempotencyKey": uuid4().hex}))["orderPay"]
    promised = await level_of(shop, tea)
    an_hour_later = replace(shop.pond.context(), now=lambda: shop.pond.time + timedelta(hours=1))
    while await resolvers.orders.cancel_overdue(an_hour_later):  # some at once, and other tests leave orders too
        pass
    late = (await shop.ask(PAY, lin, input={"orderId": over, "idempotencyKey": uuid4().hex}))["orderPay"]

    assert [(error["code"], error["available"]) for error in blocked["userErrors"]] == [("INSUFFICIENT_STOCK", 1)]
    assert own["userErrors"] == []
    assert (promised.sellable, promised.reserved, promised.sold) == (0, 1, 2)
    assert [error["code"] for error in late["userErrors"]] == ["INVALID_STATE"]
    left = await level_of(shop, tea)
    assert (left.sellable, left.reserved, left.sold) == (1, 0, 2)
