"""C28: promises, releases and sales in the ledger of stock sum to the levels, under a crowd."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import db.stock
from domain.identity import Role
from domain.money import Money
from schema.ids import Kind, id_of
from tests.deployments import Shop
from tests.makers_catalogue import a_variant
from tests.makers_members import staff
from tests.makers_stock import nothing_is_lost
from tests.schema.test_orders import CANCEL, PAY, PLACE, line

BUYERS = 24
MOVEMENTS = """query ($where: StockMovementWhere) { stockMovements(first: 100, where: $where) {
  nodes { kind quantity orderId source target } } }"""


async def test_what_moved_is_what_is_there(shop: Shop) -> None:
    tea = await a_variant(shop.pond, price=Money(0), stock=BUYERS)

    async def shops(i: int, token: str) -> None:
        wanted = {"lines": [line(tea)], "idempotencyKey": uuid4().hex}
        order = (await shop.ask(PLACE, token, input=wanted))["orderPlace"]["order"]
        if i % 3 == 0:
            await shop.ask(CANCEL, token, id=order["id"])
        elif i % 3 == 1:
            await shop.ask(PAY, token, input={"orderId": order["id"], "idempotencyKey": uuid4().hex})

    tokens = [await shop.a_token() for _ in range(BUYERS)]
    await asyncio.gather(*(shops(i, token) for i, token in enumerate(tokens)))

    told = await _movements(shop, variantId=id_of(Kind.VARIANT, tea.id))
    level = (await db.stock.levels_of(shop.pond.database.reading(), [tea.id]))[tea.id]
    assert Counter(one["kind"] for one in told) == {"RECEIVE": 1, "RESERVE": 24, "RELEASE": 8, "SELL": 8}
    assert (level.received, level.sellable, level.reserved, level.sold) == (24, 8, 8, 8)
    bought = next(one["orderId"] for one in told if one["kind"] == "SELL")
    assert [one["kind"] for one in await _movements(shop, orderId=bought)] == ["SELL", "RESERVE"]
    assert await nothing_is_lost(shop.pond)


async def _movements(shop: Shop, **where: str) -> list[Any]:
    token = await shop.a_token(await staff(shop.pond, Role.OPERATOR))
    wanted = {name: {"eq": value} for name, value in where.items()}
    return list((await shop.ask(MOVEMENTS, token, where=wanted))["stockMovements"]["nodes"])
