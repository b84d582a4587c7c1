"""C11: an order takes from several stocks, beside what others were promised and what others have bought."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import db.stock
from domain.money import Money
from tests.deployments import Shop
from tests.makers_catalogue import a_variant, stocked
from tests.makers_stock import a_warehouse, nothing_is_lost
from tests.schema.test_orders import CANCEL, PAY, PLACE, line

BUYERS = 32


async def test_units_of_several_stocks_are_promised_once_and_go_back_where_they_came_from(shop: Shop) -> None:
    tea = await a_variant(shop.pond, price=Money(0), stock=7)
    south, north = await a_warehouse(shop.pond), await a_warehouse(shop.pond, priority=300)
    await stocked(shop.pond, tea.id, 6, south.id)
    await stocked(shop.pond, tea.id, 5, north.id)
    tokens = [await shop.a_token() for _ in range(BUYERS)]

    async def buys(token: str, quantity: int) -> Any:
        wanted = {"lines": [line(tea, quantity)], "idempotencyKey": uuid4().hex}
        return (await shop.ask(PLACE, token, input=wanted))["orderPlace"]["order"]

    async def pays(token: str, order: Any) -> None:
        await shop.ask(PAY, token, input={"orderId": order["id"], "idempotencyKey": uuid4().hex})

    early = await asyncio.gather(*(buys(token, 4) for token in tokens[:3]))
    await pays(tokens[0], early[0])
    late = await asyncio.gather(*(buys(token, 1) for token in tokens))
    before = await shop.pond.select("SELECT sellable FROM stock_level WHERE variant_id = $1", tea.id)
    await asyncio.gather(*(shop.ask(CANCEL, tokens[i], id=early[i]["id"]) for i in (1, 2)))

    assert all(early)
    assert sum(order is not None for order in late) == 18 - 3 * 4
    assert [row[0] for row in before] == [0, 0, 0]
    level = (await db.stock.levels_of(shop.pond.database.reading(), [tea.id]))[tea.id]
    assert (level.sellable, level.reserved, level.sold) == (8, 6, 4)
    assert await nothing_is_lost(shop.pond)
