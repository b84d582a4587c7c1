"""P4: guides earn a share of the goods that were paid for, at two levels at most, and nothing of shipping."""

from __future__ import annotations

from tests.acceptance.guides import a_second_level, brings, earned, the_order
from tests.acceptance.money import staff_token
from tests.deployments import Shop
from tests.makers_commissions import SET_RATE
from tests.makers_guides import a_guide


async def test_the_first_level_earns_25_18_and_the_second_6_29(shop: Shop) -> None:
    guide, inviter, above = [await a_guide(shop.pond, name, tier_rank=2) for name in ("G1", "G2", "G3")]
    assert await brings(shop, inviter, guide) == await brings(shop, above, inviter) == []

    async with a_second_level(shop):
        order_id, _ = await the_order(shop, guide)

    first, second = await earned(shop, guide), await earned(shop, inviter)
    assert {one["orderId"] for one in first + second} == {order_id}
    assert [one["base"]["minor"] for one in first] == [271_72, 43_19], "of goods alone"
    assert [(one["level"], one["rateBp"], one["amount"]["minor"]) for one in first] == [(1, 800, 21_73), (1, 800, 3_45)]
    assert [(one["level"], one["rateBp"], one["amount"]["minor"]) for one in second] == [(2, 200, 5_43), (2, 200, 86)]
    assert (sum(one["amount"]["minor"] for one in first), sum(one["amount"]["minor"] for one in second)) == (
        25_18,
        6_29,
    )
    assert await earned(shop, above) == [], "who brought the inviter earns nothing"


async def test_without_the_switch_there_is_one_level(shop: Shop) -> None:
    guide, inviter = await a_guide(shop.pond, tier_rank=2), await a_guide(shop.pond)
    assert await brings(shop, inviter, guide) == []

    await the_order(shop, guide)

    assert sum(one["amount"]["minor"] for one in await earned(shop, guide)) == 25_18
    assert await earned(shop, inviter) == []


async def test_a_third_level_cannot_be_configured(shop: Shop) -> None:
    wanted = {"scope": "EVERYTHING", "level": "THIRD", "rateBp": 100, "understood": True}
    body = {"query": SET_RATE, "variables": {"input": wanted}}
    headers = {"authorization": f"Bearer {await staff_token(shop)}"}

    answer = (await shop.client.post("/graphql", json=body, headers=headers)).json()

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    assert answer.get("data") is None
