"""C27: no more leaves than was bought; what is there leaves in part; a package that is taken back gives its units back."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from domain.identity import Role
from tests.acceptance.money import a_good, a_paid_order, jobs, money_of, pays_back, places, staff_token
from tests.acceptance.plays import available
from tests.deployments import Shop
from tests.makers_stock import nothing_is_lost
from tests.schema.test_shipments import CANCEL, SEND, STATE

LEVEL = "SELECT sellable, reserved, sold FROM stock_level WHERE variant_id = $1"


async def sends(shop: Shop, token: str, order_id: str, *packed: tuple[str, int]) -> Any:
    """The answer to `shipmentCreate`; without contents, everything leaves."""
    lines = [{"orderLineId": line, "quantity": many} for line, many in packed] or None
    label = {"carrier": "顺丰", "trackingNumber": "SF1", "idempotencyKey": uuid4().hex}
    return (await shop.ask(SEND, token, input={"orderId": order_id, "lines": lines, **label}))["shipmentCreate"]


async def test_what_is_sent_is_what_was_bought_and_comes_back_when_it_is_taken_back(shop: Shop) -> None:
    token, good, seller = (
        await shop.a_token(),
        await a_good(shop, 30_00, stock=5),
        await staff_token(shop, Role.OPERATOR),
    )
    order_id, (line,) = await a_paid_order(shop, token, (good, 5))

    too_many = await sends(shop, seller, order_id, (line, 6))
    part = await sends(shop, seller, order_id, (line, 3))
    more_than_left = await sends(shop, seller, order_id, (line, 3))
    rest = await sends(shop, seller, order_id, (line, 2))
    nothing_left = await sends(shop, seller, order_id)
    taken = (await shop.ask(CANCEL, seller, id=rest["shipment"]["id"]))["shipmentCancel"]
    back = await pays_back(shop, await staff_token(shop), order_id, (line, 2))
    await jobs(shop)

    refused = [one["userErrors"][0]["code"] for one in (too_many, more_than_left, nothing_left)]
    assert refused == ["INVALID_STATE"] * 3
    assert [one["order"]["state"] for one in (part, rest, taken)] == ["PAID", "SHIPPED", "PAID"]
    assert [one["amount"]["minor"] for one in back["refunds"]] == [60_00]
    assert (await money_of(shop, token, order_id))["refunded"]["minor"] == 60_00
    assert [tuple(row) for row in await shop.pond.select(LEVEL, good.id)] == [(2, 0, 3)]
    assert await available(shop, good.id) == 2
    assert await nothing_is_lost(shop.pond)


async def test_what_is_not_paid_does_not_leave(shop: Shop) -> None:
    token, good = await shop.a_token(), await a_good(shop, 30_00)
    order_id, _ = await places(shop, token, (good, 1))

    answer = await sends(shop, await staff_token(shop, Role.OPERATOR), order_id)

    assert [error["code"] for error in answer["userErrors"]] == ["INVALID_STATE"]


async def test_of_64_packages_at_once_only_as_many_leave_as_were_bought(shop: Shop) -> None:
    token, good, seller = (
        await shop.a_token(),
        await a_good(shop, 30_00, stock=5),
        await staff_token(shop, Role.OPERATOR),
    )
    order_id, (line,) = await a_paid_order(shop, token, (good, 5))

    answers = await asyncio.gather(*(sends(shop, seller, order_id, (line, 1)) for _ in range(64)))

    assert sum(answer["shipment"] is not None for answer in answers) == 5
    seen = (await shop.ask(STATE, token, id=order_id))["order"]
    assert (seen["state"], len(seen["shipments"])) == ("SHIPPED", 5)
