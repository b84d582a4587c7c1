"""P20 Seckill: 1,000 persons send two requests each for 100 of 500 units; and what is not paid can be bought again."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from schema.ids import Kind, id_of
from tests.acceptance.plays import ahead, available, pays, places, running, unpaid_orders_are_given_up
from tests.deployments import Shop
from tests.makers_catalogue import a_variant
from tests.makers_plays import a_seckill

PERSONS, UNITS, STOCK, PAID = 1_000, 100, 500, 93
AT_ONCE = 100
"""The client's connections."""
SECKILL = "query ($id: ID!) { node(id: $id) { ... on Seckill { remaining } } }"


async def test_1000_persons_buy_100_units_once_each_and_7_that_are_not_paid_are_there_again(shop: Shop) -> None:
    variant = await a_variant(shop.pond, stock=STOCK)
    seckill = await a_seckill(shop.pond, variant, stock=UNITS, **running(hours=1))
    key = id_of(Kind.SECKILL, seckill.id)
    tokens = await asyncio.gather(*(shop.a_token() for _ in range(PERSONS)))

    turns = asyncio.Semaphore(AT_ONCE)

    async def buys(token: str) -> tuple[str, Any]:
        async with turns:
            answer = await places(shop, token, variant.id, {"kind": "SECKILL", "id": key})
        return token, answer["order"]["id"] if answer["order"] else answer["userErrors"][0]["code"]

    answers = await asyncio.gather(*(buys(token) for token in [*tokens, *tokens]))

    orders = [(token, came) for token, came in answers if came.startswith("ord_")]
    refused = Counter(came for _, came in answers if not came.startswith("ord_"))
    assert len(orders) == UNITS == len({token for token, _ in orders})
    assert sum(refused.values()) == 2 * PERSONS - UNITS
    assert set(refused) <= {"INSUFFICIENT_STOCK", "LIMIT_PER_MEMBER"}
    assert (await _remaining(shop, key), await available(shop, variant.id)) == (0, STOCK - UNITS)

    await asyncio.gather(*(pays(shop, token, order_id) for token, order_id in orders[:PAID]))
    await unpaid_orders_are_given_up(ahead(shop, minutes=5, seconds=1))

    assert await _remaining(shop, key) == UNITS - PAID
    fresh = [token for token in tokens if token not in {one for one, _ in orders}][: UNITS - PAID + 1]
    again = [(await buys(token))[1] for token in fresh]
    assert [came.startswith("ord_") for came in again] == [True] * (UNITS - PAID) + [False]
    assert await available(shop, variant.id) == STOCK - UNITS


async def _remaining(shop: Shop, key: str) -> int:
    return int((await shop.ask(SECKILL, id=key))["node"]["remaining"])
