"""Exchanges: what came back is there once, others are sent for it, and what is bought stays bought."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

import db.stock
from domain.catalogue import Variant
from domain.identity import Principal, Role
from domain.money import Money
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_fulfilment import sent
from tests.makers_live import a_room, an_item
from tests.makers_members import a_member, staff
from tests.makers_payments import PLACE, begun, confirm, ledger_of, money_of, refund, send_refunds
from tests.makers_plays import a_seckill, by_seckill, placed
from tests.makers_shelves import ordered, paid
from tests.makers_stock import a_store_with_stock, stocked_at
from tests.pond import Pond
from tests.schema.test_after_sales import RECEIVE, apply, bought, received, returned, sellable, step
from tests.schema.test_seckills import PAY

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


async def replaced(pond: Pond) -> tuple[Principal, str, Variant, str, str]:
    """A member, the order of one unit at 33.33 yuan, its variant, and the order and the line that are sent for it."""
    member, order_id, line, variant = await bought(pond, many=1)
    await received(pond, order_id)
    sale = await returned(pond, member, order_id, line, kind="EXCHANGE")
    done = await step(pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale)
    new_id = done["afterSale"]["replacementOrderId"]
    found = await pond.ask("query ($id: ID!) { order(id: $id) { lines { id } } }", member, id=new_id)
    return member, order_id, variant, new_id, found["order"]["lines"][0]["id"]


@pytest.mark.parametrize("kind", ["REFUND_ONLY", "RETURN_REFUND", "EXCHANGE"])
async def test_nobody_gives_up_for_nothing_what_is_to_be_sent_in_exchange(pond: Pond, kind: str) -> None:
    member, _, _, new_id, new_line = await replaced(pond)

    answer = await apply(pond, member, new_id, (new_line, 1), kind=kind)

    assert answer["userErrors"] == [{"code": "INVALID_STATE", "path": ["input", "kind"]}]


async def test_what_was_sent_in_exchange_may_be_exchanged_again(pond: Pond) -> None:
    member, _, _, new_id, new_line = await replaced(pond)
    await sent(pond, new_id)

    sale = await returned(pond, member, new_id, new_line, kind="EXCHANGE")
    done = await step(pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale)

    assert done["afterSale"]["state"] == "COMPLETED"


async def test_who_cannot_have_what_is_to_be_sent_in_exchange_gets_the_money_of_the_first_order(pond: Pond) -> None:
    member, order_id, variant, new_id, new_line = await replaced(pond)

    taken = await refund(pond, new_id, lines=[(new_line, 1)])
    given = await refund(pond, order_id, amount=33_33)
    await send_refunds(pond)

    assert (taken["userErrors"], given["userErrors"]) == ([], [])
    ends = [await money_of(pond, member, one) for one in (order_id, new_id)]
    assert [(one["state"], one["refunded"]["minor"]) for one in ends] == [("REFUNDED", 33_33), ("REFUNDED", 0)]
    assert await sellable(pond, variant) == 5
    assert await ledger_of(pond) == {}
    assert await db.stock.differences(pond.context().reading) == []


async def test_what_is_given_away_and_has_not_left_may_be_given_up(pond: Pond) -> None:
    seckill, mei = await a_seckill(pond, stock=1, price=Money(0)), await a_member(pond)
    order = await placed(pond, mei, seckill.terms.variant_id, by_seckill(seckill))
    order_id, line = id_of(Kind.ORDER, order.id), id_of(Kind.ORDER_LINE, order.lines[0].id)
    await pond.ask(PAY, mei, input={"orderId": order_id, "idempotencyKey": "free"})

    answer = await apply(pond, mei, order_id, (line, 1), kind="REFUND_ONLY")

    assert answer["userErrors"] == []
