"""Shipments: packages of paid orders, hand-over in a store, receipt and the end of an order, through GraphQL."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

import resolvers.shipments
from domain.identity import Principal, Role
from domain.money import Money
from tests import makers_payments
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member, staff
from tests.makers_payments import an_order, refund
from tests.pond import Pond, statements
from tests.schema.test_after_sales import AGREE, REJECT, SHIP_BACK, applied, step
from tests.schema.test_after_sales import RECEIVE as RECEIVE_BACK

SEND = """mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) {
  shipment { id state carrier packed { orderLineId quantity } } order { state } replayed userErrors { code path } } }"""
CANCEL = """mutation ($id: ID!) { shipmentCancel(input: { shipmentId: $id }) {
  shipment { state } order { state shippedAt } userErrors { code path } } }"""
RECEIVE = """mutation ($id: ID!) { orderReceive(input: { orderId: $id }) { order { state receivedAt
  shipments { state receivedAt } } userErrors { code } } }"""
HAND_OVER = """mutation ($number: String!) { orderHandOver(input: { orderNumber: $number }) {
  order { state shipments { carrier packed { quantity } } } userErrors { code } } }"""
NOT_THIS_PACKAGE = [{"code": "INVALID_STATE", "path": ["input", "shipmentId"]}]
STATE = "query ($id: ID!) { order(id: $id) { number state shippedAt completedAt shipments { id state } } }"


async def a_paid_order(pond: Pond, *quantities: int) -> tuple[str, list[str], Principal]:
    """A paid order of so many units of several things, its lines and its member."""
    member = await a_member(pond)
    variants = [await a_variant(pond, price=Money(1_000)) for _ in quantities]
    goods = zip(variants, quantities, strict=True)
    return *await makers_payments.a_paid_order(pond, member, *goods), member


async def sent(pond: Pond, who: Principal, order_id: str, *packed: tuple[str, int], **more: Any) -> Any:
    """The answer to `shipmentCreate`; without contents, everything leaves."""
    wanted = {
        "orderId": order_id,
        "carrier": "顺丰",
        "trackingNumber": "SF1",
        "idempotencyKey": uuid4().hex,
        "lines": [{"orderLineId": line, "quantity": many} for line, many in packed] or None,
        **more,
    }
    return (await pond.ask(SEND, who, input=wanted))["shipmentCreate"]


async def state_of(pond: Pond, member: Principal, order_id: str) -> Any:
    return (await pond.ask(STATE, member, id=order_id))["order"]


async def test_an_order_leaves_in_packages_and_is_shipped_with_the_last(pond: Pond) -> None:
    order_id, (one, two), member = await a_paid_order(pond, 3, 1)
    seller = await staff(pond, Role.OPERATOR)

    first = await sent(pond, seller, order_id, (one, 2))
    rest = await sent(pond, seller, order_id)

    assert (first["order"]["state"], rest["order"]["state"]) == ("PAID", "SHIPPED")
    assert {p["orderLineId"]: p["quantity"] for p in rest["shipment"]["packed"]} == {one: 1, two: 1}
    assert len((await state_of(pond, member, order_id))["shipments"]) == 2


async def test_no_more_can_leave_than_was_ordered_also_at_once(pond: Pond) -> None:
    order_id, (line,), member = await a_paid_order(pond, 5)
    seller = await staff(pond, Role.OPERATOR)

    answers = await asyncio.gather(*(sent(pond, seller, order_id, (line, 2)) for _ in range(4)))

    assert [a["userErrors"][0]["code"] for a in answers if a["userErrors"]] == ["INVALID_STATE"] * 2
    assert len((await state_of(pond, member, order_id))["shipments"]) == 2
    (row,) = await pond.select("SELECT sent, ordered FROM line_sent")
    assert tuple(row) == (4, 5)


async def test_the_same_request_sends_one_package(pond: Pond) -> None:
    order_id, _, member = await a_paid_order(pond, 1)
    seller = await staff(pond, Role.OPERATOR)

    answers = await asyncio.gather(*(sent(pond, seller, order_id, idempotencyKey="k") for _ in range(3)))

    assert sorted(a["replayed"] for a in answers) == [False, True, True]
    assert len({a["shipment"]["id"] for a in answers}) == 1
    assert (await state_of(pond, member, order_id))["state"] == "SHIPPED"


async def test_an_unpaid_order_does_not_leave(pond: Pond) -> None:
    member = await a_member(pond)
    order_id, _ = await an_order(pond, member, (await a_variant(pond), 1))

    answer = await sent(pond, await staff(pond, Role.OPERATOR), order_id)

    assert answer["userErrors"] == [{"code": "INVALID_STATE", "path": ["input", "orderId"]}]


async def test_a_package_that_was_taken_back_can_leave_again(pond: Pond) -> None:
    order_id, _, _ = await a_paid_order(pond, 2)
    seller = await staff(pond, Role.OPERATOR)
    package = (await sent(pond, seller, order_id))["shipment"]

    taken = (await pond.ask(CANCEL, seller, id=package["id"]))["shipmentCancel"]
    again = await sent(pond, seller, order_id)

    assert taken["order"] == {"state": "PAID", "shippedAt": None}
    assert again["order"]["state"] == "SHIPPED"
    assert (await pond.ask(CANCEL, seller, id=package["id"]))["shipmentCancel"]["userErrors"] == NOT_THIS_PACKAGE


@pytest.mark.parametrize("how", ["by staff", "by an after-sale", "and came back"])
async def test_a_package_is_not_taken_back_once_what_is_in_it_was_paid_back(pond: Pond, how: str) -> None:
    order_id, (line, _), member = await a_paid_order(pond, 2, 1)
    seller = await staff(pond, Role.OPERATOR)
    package, other = [(await sent(pond, seller, order_id, (line, 1)))["shipment"] for _ in range(2)]

    if how == "by staff":
        await refund(pond, order_id, lines=[(line, 2)], ofSent=True)
    else:
        kind = "REFUND_ONLY" if how == "by an after-sale" else "RETURN_REFUND"
        sale = await applied(pond, member, order_id, (line, 2), kind=kind)
        await step(pond, AGREE, seller, afterSaleId=sale)
        await step(pond, SHIP_BACK, member, afterSaleId=sale, carrier="顺丰", trackingNumber="SF1")
        await step(pond, RECEIVE_BACK, seller, afterSaleId=sale)
    taken = [(await pond.ask(CANCEL, seller, id=one["id"]))["shipmentCancel"] for one in (package, other)]
    last = await sent(pond, seller, order_id)

    assert [one["userErrors"] for one in taken] == [NOT_THIS_PACKAGE] * 2
    assert (len(last["shipment"]["packed"]), last["order"]["state"]) == (1, "SHIPPED")


async def test_a_package_is_not_taken_back_while_an_after_sale_is_about_what_is_in_it(pond: Pond) -> None:
    order_id, (line,), member = await a_paid_order(pond, 2)
    seller = await staff(pond, Role.OPERATOR)
    package, _ = [(await sent(pond, seller, order_id, (line, 1)))["shipment"] for _ in range(2)]
    of_both = await applied(pond, member, order_id, (line, 2))

    meanwhile = (await pond.ask(CANCEL, seller, id=package["id"]))["shipmentCancel"]
    await step(pond, REJECT, seller, afterSaleId=of_both, answer="已超出质量问题范围")
    await applied(pond, member, order_id, (line, 1))
    after = (await pond.ask(CANCEL, seller, id=package["id"]))["shipmentCancel"]

    assert meanwhile["userErrors"] == NOT_THIS_PACKAGE
    assert (after["userErrors"], after["order"]["state"]) == ([], "PAID")


async def test_what_never_left_and_went_back_keeps_no_package_from_being_taken_back(pond: Pond) -> None:
    order_id, (line,), _ = await a_paid_order(pond, 2)
    seller = await staff(pond, Role.OPERATOR)
    package = (await sent(pond, seller, order_id, (line, 1)))["shipment"]
    await refund(pond, order_id, lines=[(line, 1)])

    taken = (await pond.ask(CANCEL, seller, id=package["id"]))["shipmentCancel"]
    again = await sent(pond, seller, order_id)

    assert (taken["userErrors"], taken["order"]["state"]) == ([], "PAID")
    assert [one["quantity"] for one in again["shipment"]["packed"]] == [1]


async def test_a_buyer_receives_what_was_sent_once(pond: Pond) -> None:
    order_id, _, member = await a_paid_order(pond, 1)
    early = (await pond.ask(RECEIVE, member, id=order_id))["orderReceive"]
    await sent(pond, await staff(pond, Role.OPERATOR), order_id)

    received = (await pond.ask(RECEIVE, member, id=order_id))["orderReceive"]
    again = (await pond.ask(RECEIVE, member, id=order_id))["orderReceive"]
    other = (await pond.ask(RECEIVE, await a_member(pond), id=order_id))["orderReceive"]

    assert received["order"]["state"] == "RECEIVED"
    assert [one["state"] for one in received["order"]["shipments"]] == ["RECEIVED"]
    assert [a["userErrors"][0]["code"] for a in (early, again, other)] == [
        "INVALID_STATE",
        "INVALID_STATE",
        "NOT_FOUND",
    ]


async def test_what_nobody_received_is_received_after_ten_days_and_done_with_after_fifteen_more(pond: Pond) -> None:
    order_id, _, member = await a_paid_order(pond, 1)
    await sent(pond, await staff(pond, Role.OPERATOR), order_id)

    pond.later(days=10)
    assert await resolvers.shipments.receive_overdue(pond.context()) == 0
    pond.later(seconds=1)
    assert await resolvers.shipments.receive_overdue(pond.context()) == 1
    assert (await state_of(pond, member, order_id))["state"] == "RECEIVED"

    pond.later(days=15, seconds=1)
    assert await resolvers.shipments.complete(pond.context()) == 1
    assert (await state_of(pond, member, order_id))["state"] == "COMPLETED"
    assert await resolvers.shipments.complete(pond.context()) == 0


@pytest.mark.parametrize("number", ["", "\x00", "2" * 41])
async def test_a_number_that_no_order_can_have_is_bad_input(pond: Pond, number: str) -> None:
    (no,) = await pond.refused(HAND_OVER, await staff(pond, Role.OPERATOR), number=number)

    assert no["code"] == "BAD_USER_INPUT"


async def test_packages_are_for_operators_to_send(pond: Pond) -> None:
    order_id, _, member = await a_paid_order(pond, 1)
    wanted = {"orderId": order_id, "carrier": "c", "trackingNumber": "n", "idempotencyKey": "k"}

    assert await pond.errors(SEND, member, input=wanted) == ["FORBIDDEN"]


async def test_packages_of_a_hundred_orders_take_two_statements(pond: Pond) -> None:
    seller = await staff(pond, Role.OPERATOR)
    order_id, _, member = await a_paid_order(pond, 2)
    await sent(pond, seller, order_id)

    with statements() as log:
        await pond.ask("{ myOrders(first: 100) { nodes { shipments { packed { quantity } } } } }", member)

    assert len(log) <= 4, "\n".join(log)
