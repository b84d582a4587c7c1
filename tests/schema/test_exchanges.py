"""Exchanges: what came back is there once, others are sent for it, and what is bought stays bought."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

import db.stock
from domain.catalogue import Variant
from domain.identity import Role
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_live import a_room, an_item
from tests.makers_members import a_member, staff
from tests.makers_payments import PLACE, begun, confirm
from tests.makers_shelves import ordered, paid
from tests.makers_stock import a_store_with_stock, stocked_at
from tests.pond import Pond
from tests.schema.test_after_sales import RECEIVE, bought, received, returned, step

RECEIVE_OR_NOT = """mutation ($input: AfterSaleReceiveInput!) { afterSaleReceive(input: $input) {
  userErrors { code path ... on InsufficientStock { variantId available } } } }"""


async def refused(pond: Pond, sale: str, **more: Any) -> Any:
    """Why goods that came back cannot be exchanged."""
    operator = await staff(pond, Role.OPERATOR)
    return await pond.refused(RECEIVE_OR_NOT, operator, input={"afterSaleId": sale, **more})


def missing(variant: Variant) -> list[Any]:
    """None are left, said of the after-sale."""
    of = {"variantId": id_of(Kind.VARIANT, variant.id), "available": 0}
    return [{"code": "INSUFFICIENT_STOCK", "path": ["input", "afterSaleId"], **of}]


async def test_what_is_sold_out_is_not_exchanged_and_what_is_missing_is_said(pond: Pond) -> None:
    member, order_id, line, variant = await bought(pond, stock=3)
    await received(pond, order_id)
    sale = await returned(pond, member, order_id, line, kind="EXCHANGE")

    assert await refused(pond, sale, restock=False) == missing(variant)


async def test_a_store_that_hands_nothing_out_any_more_has_nothing_to_exchange(pond: Pond) -> None:
    (store_id, location), variant, member = await a_store_with_stock(pond), await a_variant(pond), await a_member(pond)
    await stocked_at(pond, variant, location)
    wanted = {
        "lines": [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 1}],
        "pickUpStoreId": id_of(Kind.STORE, store_id),
        "idempotencyKey": uuid4().hex,
    }
    order = (await pond.ask(PLACE, member, input=wanted))["orderPlace"]["order"]
    await confirm(pond, await begun(pond, member, order["id"]))
    await received(pond, order["id"])
    sale = await returned(pond, member, order["id"], order["lines"][0]["id"], kind="EXCHANGE")
    await pond.select("UPDATE stock_location SET picks_up = false")

    assert await refused(pond, sale) == missing(variant)


@pytest.mark.parametrize(("kind", "then"), [("RETURN_REFUND", []), ("EXCHANGE", ["LIMIT_PER_MEMBER"])])
async def test_who_exchanges_what_was_bought_in_a_live_room_has_bought_it(
    pond: Pond, kind: str, then: list[str]
) -> None:
    item = await an_item(pond, limit=1, stock=5)
    room, _ = await a_room(pond, None, item)
    order, member = await ordered(pond, room, item)
    await paid(pond, order, member)
    order_id, line = id_of(Kind.ORDER, order.id), id_of(Kind.ORDER_LINE, order.lines[0].id)
    await received(pond, order_id)

    sale = await returned(pond, member, order_id, line, kind=kind)
    done = await step(pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale)

    assert done["userErrors"] == []
    wanted = {
        "lines": [{"variantId": id_of(Kind.VARIANT, item.variant_id), "quantity": 1}],
        "liveRoomId": id_of(Kind.LIVE_ROOM, room.id),
        "idempotencyKey": uuid4().hex,
    }
    again = await pond.refused(PLACE, member, input=wanted)
    assert [one["code"] for one in again] == then
    assert await db.stock.differences(pond.context().reading) == []
