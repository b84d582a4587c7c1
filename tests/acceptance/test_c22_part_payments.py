"""C22: an order is paid in parts; more than is due is refused, and a repeated part is the same part."""

from __future__ import annotations

import asyncio

from tests.acceptance.money import a_good, confirms, money_of, pays, places
from tests.deployments import Shop


async def test_parts_sum_to_the_order_and_never_to_more(shop: Shop) -> None:
    token = await shop.a_token()
    order_id, _ = await places(shop, token, (await a_good(shop, 100_00), 1))

    first = await pays(shop, token, order_id, amount=40_00)
    await confirms(shop, first["payment"])
    over = await pays(shop, token, order_id, amount=60_01)
    rest = await asyncio.gather(*(pays(shop, token, order_id, amount=60_00, idempotencyKey="rest") for _ in range(8)))
    assert all(one["userErrors"] == [] for one in rest), rest
    await confirms(shop, rest[0]["payment"])
    await confirms(shop, rest[0]["payment"])

    assert (over["userErrors"][0]["code"], over["userErrors"][0]["left"]["minor"]) == ("BAD_USER_INPUT", 60_00)
    assert len({one["payment"]["id"] for one in rest}) == 1
    found = await money_of(shop, token, order_id)
    assert (found["state"], found["paid"]["minor"]) == ("PAID", 100_00)
    assert [one["amount"]["minor"] for one in found["payments"]] == [40_00, 60_00]
