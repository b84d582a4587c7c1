"""Stock under a crowd: through the counter where orders are placed, of two processes at once."""

from __future__ import annotations

import asyncio
from typing import Any

import db.stock
from domain.identity import Principal
from tests.makers_catalogue import a_variant, stocked
from tests.makers_members import a_member
from tests.makers_promotions import a_promotion, price_of
from tests.makers_stock import a_warehouse, nothing_is_lost
from tests.pond import Pond, statements
from tests.schema.test_orders import line, place

BUYERS = 64


async def buyers(pond: Pond, many: int = BUYERS) -> list[Principal]:
    return [await a_member(pond, f"m{i}") for i in range(many)]


def errors_of(answers: list[Any]) -> list[str]:
    return [error["code"] for answer in answers for error in answer["userErrors"]]


async def test_64_buyers_of_the_last_units_at_several_places_get_each_unit_once(pond: Pond) -> None:
    tea, south, north = await a_variant(pond, stock=9), await a_warehouse(pond), await a_warehouse(pond, "北仓")
    await stocked(pond, tea.id, 7, south.id)
    await stocked(pond, tea.id, 4, north.id)
    processes = [pond, Pond(pond.database)]

    answers = await asyncio.gather(
        *(place(processes[i % 2], who, line(tea)) for i, who in enumerate(await buyers(pond)))
    )

    assert errors_of(answers) == ["INSUFFICIENT_STOCK"] * (BUYERS - 20)
    level = (await db.stock.levels_of(pond.database.reading(), [tea.id]))[tea.id]
    assert (level.sellable, level.reserved) == (0, 20)
    assert await nothing_is_lost(pond)


async def test_those_who_want_several_units_are_served_wholly_or_not_at_all(pond: Pond) -> None:
    tea, south = await a_variant(pond, stock=8), await a_warehouse(pond)
    await stocked(pond, tea.id, 8, south.id)

    answers = await asyncio.gather(*(place(pond, who, line(tea, 3)) for who in await buyers(pond, 16)))

    assert errors_of(answers) == ["INSUFFICIENT_STOCK"] * 11
    assert (await db.stock.levels_of(pond.database.reading(), [tea.id]))[tea.id].sellable == 1
    assert await nothing_is_lost(pond)


async def test_two_lines_of_one_cart_that_draw_on_one_stock_count_together(pond: Pond) -> None:
    """Scenario C3: a unit of the cart and the same as an add-on, of which there are fewer than both want."""
    tea, mei = await a_variant(pond, stock=5), await a_member(pond)
    add_on = {"threshold": {"minor": 1}, "most": 9, "offers": [price_of(tea, 1_00)]}
    promotion_id = await a_promotion(pond, {"addOn": add_on})
    beside = line(tea, 2) | {"addOnOf": promotion_id}

    too_many = await place(pond, mei, line(tea, 4), beside)
    enough = await place(pond, mei, line(tea, 3), beside)

    assert errors_of([too_many]) == ["INSUFFICIENT_STOCK"] * 2
    assert enough["userErrors"] == []
    assert (await db.stock.levels_of(pond.database.reading(), [tea.id]))[tea.id].sellable == 0
    assert await nothing_is_lost(pond)


async def test_however_many_lines_and_places_an_order_moves_its_stock_in_two_statements(pond: Pond) -> None:
    teas, mei, south = [await a_variant(pond, stock=1) for _ in range(5)], await a_member(pond), await a_warehouse(pond)
    for tea in teas:
        await stocked(pond, tea.id, 3, south.id)

    with statements() as log:
        answer = await place(pond, mei, *(line(tea, 4) for tea in teas))

    assert answer["userErrors"] == []
    assert sum("stock_level" in text and "variant.sku" not in text for text in log) == 2
    assert await nothing_is_lost(pond)
