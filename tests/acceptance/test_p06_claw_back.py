"""P6: what goes back takes its part of the commission along at the rate of the payment, in any order, to the fen."""

from __future__ import annotations

import pytest

from domain.identity import Principal
from tests.acceptance.guides import earned, one, the_order
from tests.acceptance.money import pays_back, staff_token
from tests.deployments import Shop
from tests.makers_bindings import guide_id
from tests.makers_guides import a_guide, guide_of
from tests.schema.test_tiers import LADDER, SET


async def rises(shop: Shop, guide: Principal) -> None:
    """Finance puts the guide on the highest tier, of 10 %."""
    finance = await staff_token(shop)
    highest = (await shop.ask(LADDER, finance))["guideTiers"][-1]["tier"]["id"]
    version = (await guide_of(shop.pond, guide)).version
    wanted = {"guideId": await guide_id(shop.pond, guide), "tierId": highest, "expectedVersion": version}
    assert (await one(shop, SET, finance, **wanted, isLocked=False, reason="季度之星"))["userErrors"] == []


async def lost(shop: Shop, guide: Principal) -> list[int]:
    """What was taken back of each line, the dearer one first."""
    return [found["clawedBack"]["minor"] for found in await earned(shop, guide)]


@pytest.mark.parametrize(
    ("order", "steps"),
    [
        pytest.param("AAB", [[10_87, 0], [21_73, 0], [21_73, 3_45]], id="A, A, B"),
        pytest.param("ABA", [[10_87, 0], [10_87, 3_45], [21_73, 3_45]], id="A, B, A"),
        pytest.param("BAA", [[0, 3_45], [10_87, 3_45], [21_73, 3_45]], id="B, A, A"),
    ],
)
async def test_each_unit_takes_its_part_though_the_rate_is_another_now(
    shop: Shop, order: str, steps: list[list[int]]
) -> None:
    guide = await a_guide(shop.pond, tier_rank=2)
    order_id, lines = await the_order(shop, guide)
    finance, found = await staff_token(shop), []

    for i, unit in enumerate(order):
        assert (await pays_back(shop, finance, order_id, (lines["AB".index(unit)], 1)))["userErrors"] == []
        found.append(await lost(shop, guide))
        if i == 0:
            await rises(shop, guide)

    assert found == steps
    assert {(one["state"], one["left"]["minor"]) for one in await earned(shop, guide)} == {("CANCELLED", 0)}
    assert {one["rateBp"] for one in await earned(shop, guide)} == {800}
