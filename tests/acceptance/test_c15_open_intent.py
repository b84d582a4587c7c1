"""C15: while a payment is open its amount stays what it was asked for, and the order cannot grow beneath it."""

from __future__ import annotations

import pytest
from asyncpg import CheckViolationError

from schema.ids import Kind, key_of
from tests.acceptance.money import a_good, confirms, money_of, pays, places
from tests.deployments import Shop


async def test_the_amount_of_an_open_payment_never_changes(shop: Shop) -> None:
    token = await shop.a_token()
    order_id, _ = await places(shop, token, (await a_good(shop, 100_00), 1))
    first = await pays(shop, token, order_id, amount=60_00)

    more = await pays(shop, token, order_id, amount=60_01)
    again = await pays(shop, token, order_id, amount=60_00)
    with pytest.raises(CheckViolationError):
        await shop.pond.select(
            'UPDATE "order" SET total_minor = 59_99, goods_minor = 59_99 WHERE id = $1', key_of(Kind.ORDER, order_id)
        )
    await confirms(shop, first["payment"])

    assert more["userErrors"][0]["left"]["minor"] == 40_00
    assert again["payment"]["id"] == first["payment"]["id"]
    assert (await money_of(shop, token, order_id))["paid"]["minor"] == 60_00
