"""C15: while a payment is open its amount stays what it was asked for, and the order cannot grow beneath it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from asyncpg import CheckViolationError

from domain.identity import Role
from schema.ids import Kind, key_of
from tests.acceptance.money import a_good, confirms, money_of, pays, places, staff_token
from tests.deployments import Shop
from tests.schema.test_order_edits import EDIT


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


async def test_an_order_with_an_open_payment_is_not_edited_to_another_total(shop: Shop) -> None:
    """Not for trial either; what does not change what is to be paid is edited as ever."""
    token, operator = await shop.a_token(), await staff_token(shop, Role.OPERATOR)
    order_id, (line_id,) = await places(shop, token, (await a_good(shop, 50_00), 2))
    opened = await pays(shop, token, order_id)
    changes = {"lines": [{"orderLineId": line_id, "quantity": 1}]}

    wanted = {"orderId": order_id, "changes": changes, "idempotencyKey": uuid4().hex}
    refused = [await shop.ask(EDIT, operator, input=wanted | {"dryRun": dry}) for dry in (True, False)]
    noted = {"orderId": order_id, "changes": {"note": "周末送"}, "idempotencyKey": uuid4().hex}
    allowed = (await shop.ask(EDIT, token, input=noted))["orderEdit"]
    await confirms(shop, opened["payment"])

    in_the_way = {"code": "INVALID_STATE", "path": ["input", "changes", "lines"]}
    assert [one["orderEdit"]["userErrors"] for one in refused] == [[in_the_way]] * 2
    assert (allowed["order"]["note"], allowed["order"]["total"]["minor"]) == ("周末送", 100_00)
    paid = await money_of(shop, token, order_id)
    assert (paid["state"], paid["total"]["minor"], paid["paid"]["minor"]) == ("PAID", 100_00, 100_00)
