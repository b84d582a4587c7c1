"""C3: two lines of one cart that draw on one stock and together want more than there is are rejected as a whole."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import db.stock
from tests.deployments import Shop
from tests.makers_catalogue import a_variant
from tests.makers_promotions import a_promotion, line, price_of
from tests.schema.test_orders import PLACE

BUYERS, STOCK, WANTED = 8, 10, 3


async def test_what_two_lines_want_of_one_stock_counts_together(shop: Shop) -> None:
    tea = await a_variant(shop.pond, stock=STOCK)
    add_on = {"threshold": {"minor": 1}, "most": 9, "offers": [price_of(tea, 1_00)]}
    promotion_id = await a_promotion(shop.pond, {"addOn": add_on})
    lines = [line(tea, WANTED - 1), line(tea) | {"addOnOf": promotion_id}]
    tokens = [await shop.a_token() for _ in range(BUYERS)]

    answers = await asyncio.gather(
        *(shop.ask(PLACE, token, input={"lines": lines, "idempotencyKey": uuid4().hex}) for token in tokens)
    )

    refused = [answer["orderPlace"]["userErrors"] for answer in answers if answer["orderPlace"]["order"] is None]
    assert len(refused) == BUYERS - STOCK // WANTED
    for errors in refused:
        assert [(error["code"], error["path"][2]) for error in errors] == [
            ("INSUFFICIENT_STOCK", "0"),
            ("INSUFFICIENT_STOCK", "1"),
        ]
    level = (await db.stock.levels_of(shop.pond.database.reading(), [tea.id]))[tea.id]
    assert (level.sellable, level.reserved) == (STOCK % WANTED, STOCK // WANTED * WANTED)
