"""P12: a guide rises with what was released; what was paid before keeps its rate, and it falls when a period ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from domain.identity import Principal
from domain.money import Money
from tests.acceptance.guides import a_received_order, all_follows, earned, one
from tests.acceptance.money import a_good, pays_back, staff_token
from tests.acceptance.withdrawing import releases
from tests.deployments import Shop
from tests.makers_catalogue import a_variant
from tests.makers_commissions import a_customer_of, released
from tests.makers_commissions import a_received_order as bought
from tests.makers_payments import refund
from tests.pond import Pond
from tests.schema.test_tiers import LADDER, MINE, SAVE, a_ladder, review, sales

LEAST = 50_000_00


@asynccontextmanager
async def from_50_000_on(shop: Shop) -> AsyncIterator[None]:
    """Who has sold for 50,000.00 is on the second tier, as long as the block lasts."""
    finance, takes = await staff_token(shop), {"metric": "NET_SALES", "least": LEAST}
    upgrade = {"match": "ALL", "window": "LIFETIME", "conditions": [takes]}
    await saves(shop, finance, upgrade)
    try:
        yield
    finally:
        await saves(shop, finance, None)


async def saves(shop: Shop, finance: str, upgrade: Any) -> None:
    second = (await shop.ask(LADDER, finance))["guideTiers"][1]
    named = {"tierId": second["tier"]["id"], "expectedVersion": second["version"], "rank": 2, "name": "资深导购"}
    assert (await one(shop, SAVE, finance, **named, rateBp=800, upgrade=upgrade))["userErrors"] == []


async def standing(shop: Shop, guide: Principal) -> tuple[int, int]:
    """The rank of a guide's tier, and its net sales, after everything that was released was looked at."""
    await all_follows(shop)
    found = await shop.ask(MINE, await shop.a_token(guide))
    (figure,) = [
        one["value"]
        for one in found["myTierProgress"]["figures"]
        if (one["window"], one["metric"]) == ("LIFETIME", "NET_SALES")
    ]
    return found["myGuide"]["tier"]["rank"], int(figure)


async def test_an_order_of_300_lifts_the_guide_and_the_next_one_earns_24(shop: Shop) -> None:
    guide, member = await a_customer_of(shop.pond)
    token, tea = await shop.a_token(member), await a_good(shop, 300_00)
    async with from_50_000_on(shop):
        large, _ = await a_received_order(shop, token, (await a_good(shop, 49_900_00), 1))
        await releases(shop, large)
        assert await standing(shop, guide) == (1, 49_900_00)

        order_id, (line,) = await a_received_order(shop, token, (tea, 1))
        assert (await standing(shop, guide))[0] == 1, "it may still come back"
        await releases(shop, order_id)
        assert await standing(shop, guide) == (2, 50_200_00)
        await a_received_order(shop, token, (tea, 1))

        assert [one["amount"]["minor"] for one in await earned(shop, guide)][1:] in ([15_00, 24_00], [24_00, 15_00])
        assert {one["orderId"]: one["amount"]["minor"] for one in await earned(shop, guide)}[order_id] == 15_00

        given = await pays_back(shop, await staff_token(shop), order_id, (line, 1), ofSent=True)
        assert given["userErrors"] == []
        assert await standing(shop, guide) == (2, 49_900_00), "it falls when a period ends, and not before"


async def test_an_order_that_went_back_lifts_nobody(shop: Shop) -> None:
    guide, member = await a_customer_of(shop.pond)
    token = await shop.a_token(member)
    async with from_50_000_on(shop):
        large, _ = await a_received_order(shop, token, (await a_good(shop, 49_900_00), 1))
        await releases(shop, large)
        order_id, (line,) = await a_received_order(shop, token, (await a_good(shop, 300_00), 1))
        assert (await pays_back(shop, await staff_token(shop), order_id, (line, 1), ofSent=True))["userErrors"] == []
        await releases(shop, order_id)

        assert await standing(shop, guide) == (1, 49_900_00)


async def test_who_does_not_keep_a_tier_falls_with_the_month(pond: Pond) -> None:
    await a_ladder(pond, LEAST, keep=50_000_00)
    guide, member = await a_customer_of(pond)
    await bought(pond, member, (await a_variant(pond, price=Money(49_900_00)), 1))
    order_id, (line,) = await bought(pond, member, (await a_variant(pond, price=Money(300_00)), 1))
    pond.time += timedelta(days=7)
    await released(pond)
    await pond.project()
    await review(pond)
    await refund(pond, order_id, lines=[(line, 1)], ofSent=True)
    await review(pond)

    async def rank() -> int:
        return int((await pond.ask(MINE, guide))["myGuide"]["tier"]["rank"])

    assert (await rank(), await sales(pond, guide)) == (2, 49_900_00)
    pond.time = pond.time.replace(month=12, day=1)
    await review(pond)
    assert await rank() == 1
